"""What the services concluded of a replay: decisions, and breaches by clock beside the log's own verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from redress.reading import read_to_end, wait_until_read
from redress.replay.history import History
from schemas.derived import ComplaintRouted, SlaAlertWithdrawn, SlaBreached, SlaWarning
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings


@dataclass
class Outcome:
    """Decisions and alerts of the complaints of one history, as the topics hold them.

    ``decisions`` are by their ids, and of each alert only the last revision stands.
    """

    verdicts: dict[str, str]
    complaints: set[str]
    decisions: dict[str, ComplaintRouted] = field(default_factory=dict)
    alerts: dict[str, SlaWarning | SlaBreached | SlaAlertWithdrawn] = field(default_factory=dict)

    def add(self, event: Any) -> None:
        """Take in one event of complaints-routed or sla-alerts; those of other complaints are passed over."""
        if getattr(event, "complaint_id", None) not in self.complaints:
            return
        if isinstance(event, ComplaintRouted):
            self.decisions[event.event_id] = event
        elif isinstance(event, SlaWarning | SlaBreached | SlaAlertWithdrawn):
            standing = self.alerts.get(event.alert_id)
            if standing is None or event.revision >= standing.revision:
                self.alerts[event.alert_id] = event

    def as_json(self) -> dict[str, Any]:
        """First decisions by queue, all decisions by trigger, and each clock's breaches by verdict."""
        first = [decision for decision in self.decisions.values() if decision.trigger == "received"]
        per_complaint = Counter(decision.complaint_id for decision in first)
        return {
            "routed": len(per_complaint),
            "routed_more_than_once": sum(1 for times in per_complaint.values() if times > 1),
            "decisions": dict(sorted(Counter(one.trigger for one in self.decisions.values()).items())),
            "decision_ids_sha1": digest(self.decisions),
            "queues": dict(sorted(Counter(one.queue for one in first).items())),
            "warnings": self._alerts_by_clock(SlaWarning),
            "breaches": self._alerts_by_clock(SlaBreached),
            "standing_alert_ids_sha1": digest(alert.alert_id for alert in self._standing()),
            "complaints_by_own_verdict": dict(sorted(Counter(self.verdicts.values()).items())),
            "complaints_breached_by_own_verdict": self._breached(),
        }

    def _standing(self) -> list[SlaWarning | SlaBreached]:
        return [alert for alert in self.alerts.values() if not isinstance(alert, SlaAlertWithdrawn)]

    def _alerts_by_clock(self, kind: type[SlaWarning | SlaBreached]) -> dict[str, int]:
        by_clock = Counter(alert.clock for alert in self._standing() if isinstance(alert, kind))
        return dict(sorted(by_clock.items()))

    def _breached(self) -> dict[str, dict[str, int]]:
        """Per clock and verdict, how many complaints have a standing breach (any cycle)."""
        breached: defaultdict[str, set[str]] = defaultdict(set)
        for alert in self._standing():
            if isinstance(alert, SlaBreached):
                breached[alert.clock].add(alert.complaint_id)
        return {
            clock: dict(sorted(Counter(self.verdicts.get(one, "unknown") for one in complaints).items()))
            for clock, complaints in sorted(breached.items())
        }


def digest(ids: Iterable[str]) -> str:
    """One word for a set of ids: two replays that say the same agree on it."""
    return sha1("\n".join(sorted(ids)).encode(), usedforsecurity=False).hexdigest()


async def outcome(told: History, settings: RuntimeSettings, tell: Callable[[str], None]) -> Outcome:
    """Wait until the services have read the replay, then read what they wrote. Raises StandsStill."""
    kafka = Kafka(settings)
    await wait_until_read(kafka, tell)
    found = Outcome(told.verdicts, {event.complaint_id for event in told.events})
    async for _, event in read_to_end(kafka, (COMPLAINTS_ROUTED, SLA_ALERTS)):
        found.add(event)
    return found
