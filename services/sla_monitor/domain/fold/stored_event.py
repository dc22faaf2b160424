"""One event of a complaint in; what the fold needs of it out, and nothing that was written by a person."""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import ComplaintRouted
from schemas.events import (
    AgentReplied,
    ComplaintPaused,
    ComplaintReceived,
    ComplaintReclassified,
    DeadlineExtended,
    LifecycleEvent,
)
from services.sla_monitor.domain.fold.extension import Extension, extension_of
from services.sla_monitor.domain.identifiers import identifier_bytes
from services.sla_monitor.domain.policy.event_kinds import AUTOMATIC_REPLY, KIND_OF_REPLY, KINDS, RANKS, ROUTED
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
    event_id = identifier_bytes(event.event_id)
    occurred, recorded = microseconds(event.occurred_at), microseconds(event.recorded_at)
    contents: Contents | None = None
    if isinstance(event, ComplaintRouted):
        cause = identifier_bytes(event.cause_event_id)
        contents = _routing_of(event)
        return StoredEvent(
            occurred, RANKS[ROUTED], NO_SEQUENCE, cause, 1, event.hop, event_id, ROUTED, recorded, contents
        )
    if isinstance(event, ComplaintReceived):
        contents = _match_fields_of(event)
    elif isinstance(event, ComplaintReclassified):
        contents = Correction(event.category, event.severity, event.product)
    elif isinstance(event, ComplaintPaused):
        contents = PauseContents(event.reason, event.agent_id)
    elif isinstance(event, DeadlineExtended):
        contents = extension_of(event)
    elif isinstance(event, AgentReplied):
        kind = AUTOMATIC_REPLY if event.automatic else KIND_OF_REPLY[event.kind]
    sequence = NO_SEQUENCE if event.source_sequence is None else event.source_sequence
    return StoredEvent(occurred, RANKS[kind], sequence, event_id, 0, NO_HOP, event_id, kind, recorded, contents)


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
