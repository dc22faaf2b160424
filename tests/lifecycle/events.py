"""Short ways to make the events of a complaint in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.derived import ComplaintRouted
from schemas.events import (
    AgentAssigned,
    AgentReleased,
    AgentReplied,
    CauseFound,
    ComplaintAcknowledged,
    ComplaintClassified,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintLinked,
    ComplaintPaused,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReferred,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintResumed,
    ComplaintUnlinked,
    ComplaintWithdrawn,
    CustomerErased,
    CustomerReplied,
    DeadlineExtended,
    ExternalDecision,
    PromiseMade,
    ReplyDelivered,
    SuggestionAccepted,
)
from schemas.ids import derived_id
from services.lifecycle.effects import TRIGGERS

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
COMPLAINT = derived_id("a complaint")


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


def released(when: datetime, name: str = "", **fields: Any) -> AgentReleased:
    return _event(AgentReleased, when, name, **fields)


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


def delivered(when: datetime, name: str = "", **fields: Any) -> ReplyDelivered:
    return _event(ReplyDelivered, when, name, **{"reply": derived_id("a reply"), "status": "read"} | fields)


def classified(when: datetime, name: str = "", **fields: Any) -> ComplaintClassified:
    return _event(ComplaintClassified, when, name, **{"by": "model", "version": "1", "confidence": 0.5} | fields)


def promised(when: datetime, name: str = "", **fields: Any) -> PromiseMade:
    return _event(PromiseMade, when, name, **{"what": "callback", "until": when} | fields)


def cause_found(when: datetime, name: str = "", **fields: Any) -> CauseFound:
    return _event(CauseFound, when, name, **{"cause": "C1"} | fields)


def linked(when: datetime, name: str = "", **fields: Any) -> ComplaintLinked:
    return _event(ComplaintLinked, when, name, **{"other": derived_id("another"), "as": "part_of"} | fields)


def unlinked(when: datetime, name: str = "", **fields: Any) -> ComplaintUnlinked:
    return _event(ComplaintUnlinked, when, name, **{"other": derived_id("another"), "as": "part_of"} | fields)


def referred(when: datetime, name: str = "", **fields: Any) -> ComplaintReferred:
    return _event(ComplaintReferred, when, name, **{"to": "ombudsman"} | fields)


def decided_outside(when: datetime, name: str = "", **fields: Any) -> ExternalDecision:
    return _event(ExternalDecision, when, name, **{"to": "ombudsman", "outcome": "rejected"} | fields)


def erased(when: datetime, name: str = "", **fields: Any) -> CustomerErased:
    return _event(CustomerErased, when, name, **fields)


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
        "trigger": trigger if (trigger := answer_to.type.removeprefix("complaint_")) in TRIGGERS else "fact",
    }
    return _event(
        ComplaintRouted, when or answer_to.occurred_at, name or "routed" + answer_to.event_id, **findings | fields
    )
