"""From the decisions and alerts of a replay to its report: counts, and breaches beside the log's own verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from redress.reading import read_to_end, wait_until_read
from redress.replay.conversion import ConvertedLog
from schemas.derived import ComplaintRouted, SlaBreached, SlaWarning
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS
from schemas.views.standing_alerts import StandingAlerts
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings


@dataclass
class ReplayReport:
    """Decisions, by their ids, and standing alerts of the complaints of one log. ``verdicts``: see ConvertedLog."""

    verdicts: dict[str, str]
    complaints: set[str]
    decisions: dict[str, ComplaintRouted] = field(default_factory=dict)
    standing: StandingAlerts = field(default_factory=StandingAlerts)

    def add(self, event: Any) -> None:
        """Take in one event of complaints-routed or sla-alerts; those of other complaints are ignored."""
        if getattr(event, "complaint_id", None) not in self.complaints:
            return
        if isinstance(event, ComplaintRouted):
            self.decisions[event.event_id] = event
        else:
            self.standing.add(event.complaint_id, event)

    def as_json(self) -> dict[str, Any]:
        """First decisions by queue, all decisions by trigger, and each clock's breaches by verdict."""
        first = [decision for decision in self.decisions.values() if decision.trigger == "received"]
        per_complaint = Counter(decision.complaint_id for decision in first)
        return {
            "routed": len(per_complaint),
            "routed_more_than_once": sum(1 for times in per_complaint.values() if times > 1),
            "decisions": dict(sorted(Counter(one.trigger for one in self.decisions.values()).items())),
            "decision_ids_sha1": hash_ids(self.decisions),
            "queues": dict(sorted(Counter(one.queue for one in first).items())),
            "warnings": self._count_by_clock(SlaWarning),
            "breaches": self._count_by_clock(SlaBreached),
            "standing_alert_ids_sha1": hash_ids(self.standing.alerts),
            "complaints_by_own_verdict": dict(sorted(Counter(self.verdicts.values()).items())),
            "complaints_breached_by_own_verdict": self._count_breached_by_verdict(),
        }

    def _count_by_clock(self, kind: type[SlaWarning | SlaBreached]) -> dict[str, int]:
        by_clock = Counter(alert.clock for alert in self.standing.alerts.values() if isinstance(alert, kind))
        return dict(sorted(by_clock.items()))

    def _count_breached_by_verdict(self) -> dict[str, dict[str, int]]:
        """Per clock and verdict, how many complaints have a standing breach (any cycle)."""
        breached: defaultdict[str, set[str]] = defaultdict(set)
        for alert in self.standing.alerts.values():
            if isinstance(alert, SlaBreached):
                breached[alert.clock].add(alert.complaint_id)
        return {
            clock: dict(sorted(Counter(self.verdicts.get(one, "unknown") for one in complaints).items()))
            for clock, complaints in sorted(breached.items())
        }


def hash_ids(ids: Iterable[str]) -> str:
    """A hash of a set of ids, in any order: two replays with the same results have the same."""
    return sha1("\n".join(sorted(ids)).encode(), usedforsecurity=False).hexdigest()


async def read_report(log: ConvertedLog, settings: RuntimeSettings, tell: Callable[[str], None]) -> ReplayReport:
    """Wait until the services have read the replay, then read what they wrote. Raises StandsStill."""
    kafka = Kafka(settings)
    await wait_until_read(kafka, tell)
    found = ReplayReport(log.verdicts, {event.complaint_id for event in log.events})
    async for _, event in read_to_end(kafka, (COMPLAINTS_ROUTED, SLA_ALERTS)):
        found.add(event)
    return found
