"""One event of a complaint in; what the fold needs of it out, and nothing that was written by a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from schemas.derived import ComplaintRouted
from schemas.events import (
    AgentReplied,
    ComplaintPaused,
    ComplaintReceived,
    ComplaintReclassified,
    LifecycleEvent,
)
from schemas.ids import pack_id
from services.sla_monitor.domain.fold.extension import Extension, extension_of
from services.sla_monitor.domain.policy.event_kinds import (
    AUTOMATIC_REPLY,
    EXTENDED,
    KIND_OF_REPLY,
    KINDS,
    PAUSED,
    RANKS,
    RECEIVED,
    RECLASSIFIED,
    ROUTED,
)
from services.sla_monitor.domain.policy.match_fields import Correction, MatchFields, Routing
from services.worktime.instants import microseconds

NO_SEQUENCE = -(1 << 63)
"""Stands before every number, as in all services."""
NO_HOP = -1


class PauseContents(NamedTuple):
    """Why a complaint was paused, and by whom, if it is known."""

    reason: str
    agent: str | None


Contents = MatchFields | Correction | Routing | PauseContents | Extension
"""What only events of one kind say: complaints, reclassifications, routing decisions, pauses, extensions."""


class StoredEvent(NamedTuple):
    """One event. Events compare in fold order, but for routing decisions: see order.py.

    Instants are microseconds since 1970. ``sequence`` is the source's, NO_SEQUENCE where none was given. ``follows`` is
    the event's own id, or that of the event which a routing decision answers; ``hop`` is the decision's, NO_HOP for
    what is none.
    """

    occurred: int
    rank: int
    sequence: int
    follows: bytes
    answers: int
    hop: int
    event_id: bytes
    kind: int
    recorded: int
    contents: Contents | None


def stored_event_of(event: LifecycleEvent | ComplaintRouted) -> StoredEvent | None:
    """What is stored of an event, None where its type has no kind. An extension must be readable (extension.py)."""
    kind = KINDS.get(event.type)
    if kind is None:
        return None
    follows = event_id = pack_id(event.event_id)
    sequence, answers, hop = NO_SEQUENCE, 0, NO_HOP
    if isinstance(event, ComplaintRouted):
        follows, answers, hop = pack_id(event.cause_event_id), 1, event.hop
    else:
        if event.source_sequence is not None:
            sequence = event.source_sequence
        if isinstance(event, AgentReplied):
            kind = AUTOMATIC_REPLY if event.automatic else KIND_OF_REPLY[event.kind]
    contents_of = CONTENTS.get(kind)
    return StoredEvent(
        microseconds(event.occurred_at),
        RANKS[kind],
        sequence,
        follows,
        answers,
        hop,
        event_id,
        kind,
        microseconds(event.recorded_at),
        None if contents_of is None else contents_of(event),
    )


def _match_fields_of(event: ComplaintReceived) -> MatchFields:
    """What the front-end said."""
    customer = event.customer
    return MatchFields(
        event.channel,
        event.product,
        event.category,
        event.severity,
        customer.tier,
        event.language or customer.language,
        event.region,
    )


def _routing_of(event: ComplaintRouted) -> Routing:
    """What the router found."""
    return Routing(
        event.queue_without_breach,
        event.priority_without_breach,
        event.category,
        event.severity,
        event.language,
        event.flags,
    )


def _correction_of(event: ComplaintReclassified) -> Correction:
    return Correction(event.category, event.severity, event.product)


def _pause_of(event: ComplaintPaused) -> PauseContents:
    return PauseContents(event.reason, event.agent_id)


CONTENTS: dict[int, Callable[[Any], Contents]] = {
    RECEIVED: _match_fields_of,
    RECLASSIFIED: _correction_of,
    ROUTED: _routing_of,
    PAUSED: _pause_of,
    EXTENDED: extension_of,
}
"""Of an event, by its kind."""
