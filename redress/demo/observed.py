"""From the records of the topics, each partition's in its order, to what the services have concluded so far; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from schemas.derived import (
    ComplaintRouted,
    DeadLetter,
    FeedbackSummary,
    QueueItem,
    SlaAlertWithdrawn,
    SlaBreached,
    SlaClocksChanged,
    SlaWarning,
    SurveyRequested,
)
from schemas.primitives import Event
from schemas.topics import Topic

Alert = SlaWarning | SlaBreached | SlaAlertWithdrawn

OPEN_STATES = ("running", "paused", "breached")
"""A breached clock runs on until what it waits for happens; then its overrun is known."""


class Observed:
    """What has been read. Complaints are by their complaint_id.

    ``kept`` counts what was accepted by event_id, ``derived`` what services concluded.
    """

    def __init__(self) -> None:
        self.kept: Counter[str] = Counter()
        self.derived: Counter[str] = Counter()
        self.received: defaultdict[str, list[str]] = defaultdict(list)
        self.queues: defaultdict[str, dict[str, QueueItem]] = defaultdict(dict)
        self.alerts: dict[str, Alert] = {}
        self.clocks: dict[str, SlaClocksChanged] = {}
        self.surveys: dict[str, SurveyRequested] = {}
        self.summaries: dict[str, FeedbackSummary] = {}
        self.dead_letters: Counter[str] = Counter()

    def add(self, topic: Topic[Any], key: str, event: Event | None) -> None:
        """Take in one record; None is a tombstone, which takes ``key`` out of a compacted topic."""
        match event:
            case None:
                self.queues[topic.name].pop(key, None)
                self.summaries.pop(key, None)
                return
            case QueueItem():
                self.queues[topic.name][key] = event
                return
            case FeedbackSummary():
                self.summaries[key] = event
                return
            case SlaClocksChanged():
                self.clocks[key] = event
                return
            case DeadLetter():
                self.dead_letters[f"{event.topic}: {event.reason}"] += 1
                return
            case ComplaintRouted() if event.trigger == "received":
                self.received[event.complaint_id].append(event.queue)
            case SlaWarning() | SlaBreached() | SlaAlertWithdrawn():
                self.alerts[event.alert_id] = event
            case SurveyRequested():
                self.surveys[event.event_id] = event
            case _:
                pass
        (self.derived if "cause_event_id" in type(event).model_fields else self.kept)[event.event_id] += 1

    @property
    def repeated(self) -> int:
        """How many of the services' conclusions a reader meets more than once."""
        return sum(1 for times in self.derived.values() if times > 1)

    def routed(self) -> Counter[str]:
        """Complaints by the queue of their first decision."""
        return Counter(queues[0] for queues in self.received.values())

    def waiting(self) -> dict[str, set[str]]:
        """The complaints that stand in each queue now."""
        return {name.removeprefix("queue-"): set(items) for name, items in self.queues.items()}

    def open(self, clock: str) -> set[str]:
        """The complaints whose clock has begun and not ended."""
        return {
            complaint_id
            for complaint_id, changed in self.clocks.items()
            if any(
                one.clock == clock and one.state in OPEN_STATES and one.overrun_seconds is None
                for one in changed.clocks
            )
        }

    def standing(self, kind: type[SlaWarning | SlaBreached], clock: str) -> set[str]:
        """The complaints with a standing alert of a clock: its last revision, not withdrawn."""
        return {
            alert.complaint_id for alert in self.alerts.values() if isinstance(alert, kind) and alert.clock == clock
        }

    def scores(self, dimension: str) -> dict[str, tuple[int, int]]:
        """Per value of a dimension, answers with a score and those of the satisfied, over all windows."""
        sums: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for summary in self.summaries.values():
            if summary.dimension == dimension:
                answers, satisfied = sums[summary.value]
                sums[summary.value] = (answers + summary.n, satisfied + summary.counts.get("satisfied", 0))
        return dict(sums)
