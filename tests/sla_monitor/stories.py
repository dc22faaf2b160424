"""Short ways to tell a complaint's story in tests, and to hear what the monitor says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas.codec import encode
from schemas.derived import SlaAlert, SlaAlertWithdrawn
from schemas.instants import rfc3339
from schemas.rendering import Rendered
from schemas.topics import SLA_ALERTS, SLA_CLOCKS, Topic
from schemas.views.standing_alerts import StandingAlerts
from services.sla_monitor.domain.alerts.messages import Fired
from services.sla_monitor.domain.decision import Decision, Moment
from services.sla_monitor.domain.monitor import Monitor
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.domain.rows.row import decode_row
from services.sla_monitor.policies_file.compile import compile_policy_book
from services.sla_monitor.policies_file.models import PoliciesFile
from services.worktime.calendar import Calendar
from services.worktime.calendar_file import WEEKDAYS, CalendarFile
from services.worktime.instants import microseconds
from tests.lifecycle.events import (
    COMPLAINT,
    accepted,
    acknowledged,
    assigned,
    at,
    closed,
    escalated,
    extended,
    paused,
    received,
    reclassified,
    released,
    reopened,
    replied,
    resolved,
    resumed,
    routed,
    withdrawn,
    written_again,
)

__all__ = [
    "CALENDARS",
    "COMPLAINT",
    "Desk",
    "accepted",
    "acknowledged",
    "assigned",
    "at",
    "book",
    "clock",
    "closed",
    "escalated",
    "extended",
    "paused",
    "received",
    "reclassified",
    "released",
    "reopened",
    "replied",
    "resolved",
    "resumed",
    "routed",
    "standing",
    "withdrawn",
    "written_again",
]

CALENDARS = {
    "always": Calendar(
        "always",
        CalendarFile.model_validate(
            {"version": "1", "zone": "UTC", "hours": {day: ["00:00-24:00"] for day in WEEKDAYS}}
        ),
    ),
    "office": Calendar(
        "office",
        CalendarFile.model_validate(
            {"version": "1", "zone": "UTC", "hours": {day: ["09:00-12:00", "13:00-17:00"] for day in WEEKDAYS[:5]}}
        ),
    ),
}


def clock(target: str, **settings: Any) -> dict[str, Any]:
    return {"target": target, "calendar": "always", "owner": "lead", "runbook": "runbooks/clock"} | settings


def book(*policies: dict[str, Any], version: str = "1") -> PolicyBook:
    """Policies from ``{"match": ..., "clocks": ...}``."""
    named = [{"name": f"policy-{index}", "match": {}} | policy for index, policy in enumerate(policies)]
    file = PoliciesFile.model_validate({"version": version, "policies": named}, context={"calendars": CALENDARS})
    return compile_policy_book(file, CALENDARS)


class Desk:
    """One complaint's row over time: reads events, lets time pass, and keeps all that was published."""

    def __init__(self, policies: PolicyBook, *, stream_time: bool = False, complaint_id: str = COMPLAINT) -> None:
        self.complaint_id = complaint_id
        self.monitor = Monitor(policies, stream_time=stream_time)
        self.row: bytes | None = None
        self.due: int | None = None
        self.published: list[Any] = []
        self.reasons: list[str] = []

    def read(self, *events: Any, now: datetime | None = None) -> Desk:
        """Read events, each when it was recorded unless ``now`` says otherwise."""
        for event in events:
            moment = now or event.recorded_at
            self._keep(self.monitor.on_event(self.row, event, _moment(moment)))
        return self

    def wait(self, until: datetime) -> Desk:
        """Let time pass, looking whenever the row asked to be looked at."""
        while self.row is not None and self.due and self.due <= microseconds(until):
            self.look(until)
        return self

    def look(self, now: datetime) -> None:
        """The due instant has passed, and it is ``now``."""
        assert self.row is not None
        self._keep(self.monitor.on_due(self.complaint_id, self.row, _moment(now)))

    def of(self, kind: type) -> list[Any]:
        """What was published of one type."""
        return [event for event in self.published if isinstance(event, kind)]

    @property
    def clocks(self) -> dict[str, Any]:
        """The clocks as last told, by name; the last cycle of each."""
        told = [event for event in self.published if event.type == "sla_clocks_changed"]
        return {status.clock: status for status in told[-1].clocks} if told else {}

    @property
    def standing(self) -> dict[str, Any]:
        """The alerts that stand, by their ids."""
        return standing(self.published)

    @property
    def told(self) -> tuple[Any, ...]:
        """The clocks and the standing alerts as told, without what says when and how it was told; and the row's own."""
        clocks = [event.clocks for event in self.published if event.type == "sla_clocks_changed"]
        passing = {"revision", "event_id", "recorded_at", "lag_seconds"}
        alerts = {alert_id: alert.model_dump(exclude=passing) for alert_id, alert in self.standing.items()}
        if self.row is None:
            return clocks[-1] if clocks else (), alerts, None
        row = decode_row(self.row)
        stands = {key for key, alert in row.published.alerts.items() if alert.stands}
        # When an ended complaint is dropped depends on when its events were read.
        due = row.due if row.published.open_clocks else None
        own = stands, due, row.published.open_clocks, row.log.count
        return clocks[-1] if clocks else (), alerts, own

    def _keep(self, decision: Decision) -> None:
        self.row, self.due = decision.row, decision.due
        self.reasons.append(decision.reason)
        for alert in decision.alerts:
            self.published.append(_read(SLA_ALERTS, alert.event) if isinstance(alert, Fired) else alert)
        if decision.clocks_changed is not None:
            self.published.append(_read(SLA_CLOCKS, decision.clocks_changed))
        if self.row is not None:
            decode_row(self.row)


def _read(topic: Topic[Any], rendered: Rendered) -> Any:
    """The event in what is written, which is as its model would write it."""
    event = topic.codec.decode(rendered.value)
    assert encode(event) == rendered.value
    assert (event.event_id, event.type, rfc3339(event.occurred_at)) == rendered[:3]
    return event


def standing(published: Iterable[Any]) -> dict[str, Any]:
    """The standing alerts by their ids. Revisions are published one by one."""
    view, revisions = StandingAlerts(), Counter[str]()
    for event in published:
        if isinstance(event, SlaAlert | SlaAlertWithdrawn):
            revisions[event.alert_id] += 1
            assert event.revision == revisions[event.alert_id]
            view.add(event.complaint_id, event)
    return dict(view.alerts)


def _moment(now: datetime) -> Moment:
    return Moment(microseconds(now), microseconds(now))
