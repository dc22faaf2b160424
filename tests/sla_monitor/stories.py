"""Short ways to tell a complaint's story in tests, and to hear what the monitor says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.codec import encode
from schemas.derived import ComplaintRouted, SlaAlert, SlaAlertWithdrawn
from schemas.events import (
    AgentAssigned,
    AgentReplied,
    ComplaintAcknowledged,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintPaused,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintResumed,
    ComplaintWithdrawn,
    CustomerReplied,
    DeadlineExtended,
    SuggestionAccepted,
)
from schemas.ids import derived_id
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

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
COMPLAINT = derived_id("a complaint")

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


def at(hours: float, day: int = 0) -> datetime:
    """So many hours after midnight of a Monday, or of a day after it."""
    return MONDAY + timedelta(days=day, hours=hours)


def _event(kind: Any, when: datetime, name: str, /, **fields: Any) -> Any:
    common = {"event_id": derived_id(name or kind.__name__, when.isoformat()), "complaint_id": COMPLAINT}
    return kind(**common | {"occurred_at": when, "recorded_at": when} | fields)


def received(when: datetime, name: str = "", **fields: Any) -> ComplaintReceived:
    return _event(ComplaintReceived, when, name, **{"channel": "web", "customer": {"id": "c1"}} | fields)


def replied(when: datetime, name: str = "", **fields: Any) -> AgentReplied:
    return _event(AgentReplied, when, name, **fields)


def assigned(when: datetime, name: str = "", **fields: Any) -> AgentAssigned:
    return _event(AgentAssigned, when, name, **{"agent_id": "ann"} | fields)


def acknowledged(when: datetime, name: str = "", **fields: Any) -> ComplaintAcknowledged:
    return _event(ComplaintAcknowledged, when, name, **{"automatic": False} | fields)


def written_again(when: datetime, name: str = "", **fields: Any) -> CustomerReplied:
    return _event(CustomerReplied, when, name, **fields)


def paused(when: datetime, name: str = "", **fields: Any) -> ComplaintPaused:
    return _event(ComplaintPaused, when, name, **{"reason": "customer"} | fields)


def resumed(when: datetime, name: str = "", **fields: Any) -> ComplaintResumed:
    return _event(ComplaintResumed, when, name, **fields)


def reclassified(when: datetime, name: str = "", **fields: Any) -> ComplaintReclassified:
    return _event(ComplaintReclassified, when, name, **fields)


def escalated(when: datetime, name: str = "", **fields: Any) -> ComplaintEscalated:
    return _event(
        ComplaintEscalated, when, name, **{"level": "ombudsman", "personal": {"reason": "asked for it"}} | fields
    )


def extended(when: datetime, name: str = "", **fields: Any) -> DeadlineExtended:
    return _event(
        DeadlineExtended, when, name, **{"clock": "resolution", "personal": {"reason": "needs an expert"}} | fields
    )


def accepted(when: datetime, name: str = "", **fields: Any) -> SuggestionAccepted:
    return _event(SuggestionAccepted, when, name, **{"suggestion_id": "s1"} | fields)


def resolved(when: datetime, name: str = "", **fields: Any) -> ComplaintResolved:
    return _event(ComplaintResolved, when, name, **{"outcome": "explained"} | fields)


def reopened(when: datetime, name: str = "", **fields: Any) -> ComplaintReopened:
    return _event(ComplaintReopened, when, name, **{"by": "customer"} | fields)


def closed(when: datetime, name: str = "", **fields: Any) -> ComplaintClosed:
    return _event(ComplaintClosed, when, name, **fields)


def withdrawn(when: datetime, name: str = "", **fields: Any) -> ComplaintWithdrawn:
    return _event(ComplaintWithdrawn, when, name, **fields)


def routed(answer_to: Any, when: datetime | None = None, name: str = "", **fields: Any) -> ComplaintRouted:
    findings = {
        "cause_event_id": answer_to.event_id,
        "queue": "general",
        "priority": 10,
        "queue_without_breach": "general",
        "priority_without_breach": 10,
        "rule": "default",
        "reason": "default",
        "ruleset_version": "1",
        "ruleset_hash": "0",
        "hop": 0,
        "trigger": "received",
    }
    return _event(
        ComplaintRouted, when or answer_to.occurred_at, name or "routed" + answer_to.event_id, **findings | fields
    )


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
        row = decode_row(self.row or b"")
        stands = {key for key, alert in row.published.alerts.items() if alert.stands}
        return clocks[-1] if clocks else (), alerts, stands, row.phase, row.due, row.published.open_clocks, row.count

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
