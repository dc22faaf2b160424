"""Complaints' events for tests, and a desk that routes them and keeps what a queue's readers would see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import events
from schemas.derived import ComplaintRouted, QueueItem
from schemas.ids import derived_id
from schemas.topics import COMPLAINTS_ROUTED, queue_topic
from services.router.domain.decisions import Moment
from services.router.domain.queue_rules import Ruleset
from services.router.domain.routing import Routing, route, route_due
from services.router.rules_file import RulesFile, compile_ruleset
from services.worktime.instants import microseconds
from tests.lifecycle.events import COMPLAINT

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ACCEPTED = NOON + timedelta(hours=1)

MOMENT = Moment(microseconds(ACCEPTED), microseconds(ACCEPTED))


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def event(kind: type[Any], minute: float, name: str = "", **fields: Any) -> Any:
    """An event of the complaint; ``name`` tells apart what would otherwise have one id."""
    own_id = derived_id("test", kind.__name__, str(minute), name)
    base = {"event_id": own_id, "complaint_id": COMPLAINT, "occurred_at": at(minute), "recorded_at": ACCEPTED}
    return kind(**{**base, **fields})


def received(minute: float = 0, **fields: Any) -> events.ComplaintReceived:
    complaint: dict[str, Any] = {"channel": "web", "customer": {"id": "c-1"}, "category": "billing", **fields}
    return event(events.ComplaintReceived, minute, **complaint)


def assigned(minute: float, agent: str = "ann", **fields: Any) -> events.AgentAssigned:
    return event(events.AgentAssigned, minute, agent, agent_id=agent, **fields)


def released(minute: float, **fields: Any) -> events.AgentReleased:
    return event(events.AgentReleased, minute, str(fields), **fields)


def replied(minute: float) -> events.AgentReplied:
    return event(events.AgentReplied, minute)


def written_again(minute: float) -> events.CustomerReplied:
    return event(events.CustomerReplied, minute)


def reclassified(minute: float, **fields: Any) -> events.ComplaintReclassified:
    return event(events.ComplaintReclassified, minute, str(fields), **fields)


def escalated(minute: float) -> events.ComplaintEscalated:
    return event(events.ComplaintEscalated, minute, level="lead", personal={"reason": ""})


def resolved(minute: float) -> events.ComplaintResolved:
    return event(events.ComplaintResolved, minute, outcome="upheld")


def reopened(minute: float) -> events.ComplaintReopened:
    return event(events.ComplaintReopened, minute, by="customer")


def closed(minute: float) -> events.ComplaintClosed:
    return event(events.ComplaintClosed, minute)


def withdrawn(minute: float) -> events.ComplaintWithdrawn:
    return event(events.ComplaintWithdrawn, minute)


RULES: dict[str, Any] = {
    "version": "1",
    "default": {"queue": "general", "priority": 10},
    "triage": {"queue": "triage", "priority": 50, "hop_limit": 3},
    "rules": [
        {
            "name": "fraud-now",
            "when": {"category": ["fraud"], "severity": ["high", "critical"]},
            "then": {"queue": "fraud", "priority": 90, "skills": {"fraud": 3, "language": "from_complaint"}},
        },
        {"name": "fraud", "when": {"category": ["fraud"]}, "then": {"queue": "fraud", "priority": 70}},
        {"name": "billing", "when": {"category": ["billing"]}, "then": {"queue": "billing", "priority": 30}},
    ],
}


def ruleset(**changes: Any) -> Ruleset:
    return compile_ruleset(RulesFile.model_validate({**RULES, **changes}))


@dataclass
class Desk:
    """One complaint's row and topics, event by event."""

    ruleset: Ruleset = field(default_factory=ruleset)
    body: bytes | None = None
    due: int = 0
    moment: Moment = MOMENT
    decisions: list[ComplaintRouted] = field(default_factory=list)
    items: list[QueueItem] = field(default_factory=list)
    queues: dict[str, QueueItem] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def take(self, *happened: events.LifecycleEvent) -> Desk:
        for one in happened:
            self.note(route(one, self.body, self.ruleset, self.moment))
        return self

    def wait(self, until: datetime) -> Desk:
        """Let time pass, looking whenever the row asked to be looked at."""
        self.moment = Moment(microseconds(until), microseconds(until))
        while self.body is not None and 0 < self.due <= self.moment.now:
            self.note(route_due(COMPLAINT, self.body, self.ruleset, self.moment))
        return self

    def note(self, routing: Routing) -> None:
        self.remarks.append(routing.remark)
        self.decisions += [COMPLAINTS_ROUTED.codec.decode(decision.event.value) for decision in routing.decisions]
        if routing.left_queue is not None:
            del self.queues[routing.left_queue]
        if routing.item is not None:
            item = queue_topic(routing.item.queue).codec.decode(routing.item.event.value)
            self.items.append(item)
            self.queues[item.queue] = item
        self.body, self.due = routing.row, routing.due

    @property
    def where(self) -> list[str]:
        """The queues it stands in."""
        return list(self.queues)

    @property
    def decided_twice(self) -> list[str]:
        """The ids that stand more than once among the decisions."""
        return [event_id for event_id, times in Counter(d.event_id for d in self.decisions).items() if times > 1]
