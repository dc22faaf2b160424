"""From an event to what a complaint's row keeps of it: what surveys and satisfaction depend on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from schemas.derived import ComplaintRouted, SurveyAnswered
from schemas.events import (
    AgentAssigned,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintWithdrawn,
    LifecycleEvent,
)
from schemas.ids import pack_id
from schemas.primitives import Event, SurveyMetric
from services.feedback.domain.invalid_event import InvalidEvent
from services.feedback.domain.scores import is_valid_score
from services.worktime.instants import microseconds

NO_ID = bytes(16)


class EventKind(IntEnum):
    """What happened. Rows hold the numbers, which say nothing of order: never change one."""

    RECEIVED = 1
    ASSIGNED = 2
    RECLASSIFIED = 3
    ESCALATED = 4
    RESOLVED = 5
    REOPENED = 6
    CLOSED = 7
    WITHDRAWN = 8
    ROUTED = 9
    ANSWERED = 10


KINDS: dict[type[LifecycleEvent], EventKind] = {
    ComplaintReceived: EventKind.RECEIVED,
    AgentAssigned: EventKind.ASSIGNED,
    ComplaintReclassified: EventKind.RECLASSIFIED,
    ComplaintEscalated: EventKind.ESCALATED,
    ComplaintResolved: EventKind.RESOLVED,
    ComplaintReopened: EventKind.REOPENED,
    ComplaintClosed: EventKind.CLOSED,
    ComplaintWithdrawn: EventKind.WITHDRAWN,
}
"""The lifecycle events that feedback depends on. All others pass by."""

CAUSE_KINDS: dict[str, EventKind] = {
    "received": EventKind.RECEIVED,
    "reclassified": EventKind.RECLASSIFIED,
    "escalated": EventKind.ESCALATED,
    "reopened": EventKind.REOPENED,
}
"""What a routing decision answers, by its trigger. Other triggers are no lifecycle events."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """What is kept of one event. ``occurred`` and ``recorded`` are microseconds since 1970.

    ``refers_to`` is the event that a routing decision answers, of the kind ``cause_kind``, or the cycle that an
    answer judges; ``number`` is the decision's hop, or the answer's score. ``names`` by kind: received (channel,
    category), assigned (agent), reclassified (category), resolved (agent), routed (queue, category, ruleset version,
    arm), answered (metric).
    """

    kind: EventKind
    occurred: int
    recorded: int
    event_id: bytes
    sequence: int | None = None
    refers_to: bytes = NO_ID
    number: int = 0
    names: tuple[str | None, ...] = ()
    cause_kind: EventKind | None = None


def make_stored_event(event: Event, metric: SurveyMetric) -> StoredEvent | None:
    """What to keep of ``event``, or None where feedback does not depend on it: a null score is no answer.

    Raises InvalidEvent.
    """
    match event:
        case SurveyAnswered():
            return _make_answered(event, metric)
        case ComplaintRouted():
            return _make_routed(event)
        case LifecycleEvent() if type(event) in KINDS:
            return StoredEvent(
                kind=KINDS[type(event)],
                occurred=microseconds(event.occurred_at),
                recorded=microseconds(event.recorded_at),
                event_id=pack_id(event.event_id),
                sequence=event.source_sequence,
                names=_read_names(event),
            )
        case _:
            return None


def _make_answered(event: SurveyAnswered, metric: SurveyMetric) -> StoredEvent | None:
    if event.score is None:
        return None
    if event.metric != metric:
        raise InvalidEvent("other_metric", f"/metric: this deployment asks for {metric}")
    if not is_valid_score(metric, event.score):
        raise InvalidEvent("score_out_of_range", f"/score: no score of {metric}")
    return StoredEvent(
        kind=EventKind.ANSWERED,
        occurred=microseconds(event.occurred_at),
        recorded=microseconds(event.recorded_at),
        event_id=pack_id(event.event_id),
        refers_to=pack_id(event.cycle),
        number=event.score,
        names=(event.metric,),
    )


def _make_routed(event: ComplaintRouted) -> StoredEvent:
    return StoredEvent(
        kind=EventKind.ROUTED,
        occurred=microseconds(event.occurred_at),
        recorded=microseconds(event.recorded_at),
        event_id=pack_id(event.event_id),
        refers_to=pack_id(event.cause_event_id),
        number=event.hop,
        names=(event.queue, event.category, event.ruleset_version, event.arm),
        cause_kind=CAUSE_KINDS.get(event.trigger),
    )


def _read_names(event: LifecycleEvent) -> tuple[str | None, ...]:
    match event:
        case ComplaintReceived():
            return event.channel, event.category
        case AgentAssigned() | ComplaintResolved():
            return (event.agent_id,)
        case ComplaintReclassified():
            return (event.category,)
        case _:
            return ()
