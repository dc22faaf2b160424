"""From the records of the topics to the results that the demo compares with its plan; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from schemas.derived import (
    ComplaintRouted,
    DeadLetter,
    DerivedEvent,
    FeedbackSummary,
    QueueItem,
    SlaAlertWithdrawn,
    SlaBreached,
    SlaClocksChanged,
    SlaClockStopped,
    SlaWarning,
    SurveyRequested,
)
from schemas.primitives import Event
from schemas.topics import FEEDBACK_SUMMARIES, Topic
from schemas.views.clocks import Clocks
from schemas.views.queue_contents import QueueContents
from schemas.views.standing_alerts import StandingAlerts
from schemas.views.summaries import Summaries

SUMMARY_WINDOW = timedelta(minutes=1)
"""redress/demo/config/feedback.yaml."""


class ObservedResults:
    """What the topics hold so far. Complaints are by their complaint_id.

    ``accepted`` counts accepted events by event_id, ``derived`` what services publish once: decisions, alerts and
    survey requests. ``first_queues`` has the queue of each decision about a receipt: one a complaint, if all is well.
    """

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.derived: Counter[str] = Counter()
        self.first_queues: defaultdict[str, list[str]] = defaultdict(list)
        self.queues: defaultdict[str, QueueContents] = defaultdict(QueueContents)
        self.standing = StandingAlerts()
        self.clocks = Clocks()
        self.surveys: dict[str, SurveyRequested] = {}
        self.summaries = Summaries()
        self.dead_letters: Counter[str] = Counter()

    def add(self, topic: Topic[Any], key: str, event: Event | None) -> None:
        """Take in one record of ``topic``, each partition's in its order; None is a tombstone."""
        match event:
            case None if topic.name == FEEDBACK_SUMMARIES.name:
                self.summaries.add(key, None)
            case QueueItem() | None:
                self.queues[topic.name].add(key, event)
            case FeedbackSummary():
                self.summaries.add(key, event)
            case SlaClocksChanged():
                self.clocks.add(key, event)
            case DeadLetter():
                self.dead_letters[f"{event.topic}: {event.reason}"] += 1
            case DerivedEvent():
                self.derived[event.event_id] += 1
                self._add_derived(key, event)
            case _:
                self.accepted[event.event_id] += 1

    def _add_derived(self, key: str, event: DerivedEvent) -> None:
        match event:
            case ComplaintRouted() if event.trigger == "received":
                self.first_queues[event.complaint_id].append(event.queue)
            case SlaWarning() | SlaBreached() | SlaAlertWithdrawn() | SlaClockStopped():
                self.standing.add(key, event)
            case SurveyRequested():
                self.surveys[event.event_id] = event

    @property
    def published_twice(self) -> int:
        """How many derived events can be read more than once."""
        return sum(1 for times in self.derived.values() if times > 1)

    def count_routed(self) -> Counter[str]:
        """Complaints by the queue of their first decision."""
        return Counter(queues[0] for queues in self.first_queues.values())

    def list_queued(self) -> dict[str, set[str]]:
        """The complaints in each queue now."""
        return {name.removeprefix("queue-"): set(queue.by_key) for name, queue in self.queues.items()}

    def list_open(self, clock: str) -> set[str]:
        """The complaints whose clock has started and not ended."""
        return {one.complaint_id for one in self.clocks.open if one.status.clock == clock}

    def list_alerted(self, kind: type[SlaWarning | SlaBreached], clock: str) -> set[str]:
        """The complaints with a standing alert of a clock."""
        return {
            alert.complaint_id
            for alert in self.standing.alerts.values()
            if isinstance(alert, kind) and alert.clock == clock
        }

    def count_scores(self, dimension: str) -> dict[str, tuple[int, int]]:
        """Per value of a dimension, answers with a score and those of satisfied customers, over all windows."""
        sums = self.summaries.sum_windows(dimension, SUMMARY_WINDOW)
        return {value: (counts["n"], counts["satisfied"]) for value, counts in sums.items()}
