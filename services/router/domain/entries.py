"""From a lifecycle event to the entry that routing keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from services.router.domain.claims import Claims, Correction, claims_of
from services.router.domain.journey import Entry, Kind
from services.worktime.instants import microseconds

WITHOUT_SEQUENCE = -(2**63)
"""Stands before every ``source_sequence``."""

KINDS: dict[type[LifecycleEvent], Kind] = {
    ComplaintReceived: Kind.RECEIVED,
    AgentAssigned: Kind.ASSIGNED,
    ComplaintReclassified: Kind.RECLASSIFIED,
    ComplaintEscalated: Kind.ESCALATED,
    ComplaintResolved: Kind.RESOLVED,
    ComplaintReopened: Kind.REOPENED,
    ComplaintClosed: Kind.CLOSED,
    ComplaintWithdrawn: Kind.WITHDRAWN,
}
"""The events that routing answers to. All others pass by: they change no queue."""


def entry_of(event: LifecycleEvent) -> Entry:
    """The entry of an event whose type is in KINDS."""
    kind = KINDS[type(event)]
    content_of = CONTENT.get(kind)
    return Entry(
        kind,
        microseconds(event.occurred_at),
        WITHOUT_SEQUENCE if event.source_sequence is None else event.source_sequence,
        event.event_id,
        None if content_of is None else content_of(event),
    )


def _correction_of(event: ComplaintReclassified) -> Correction:
    return Correction(event.product, event.category, event.severity)


def _agent_of(event: AgentAssigned) -> str:
    return event.agent_id


CONTENT: dict[Kind, Callable[[Any], Claims | Correction | str]] = {
    Kind.RECEIVED: claims_of,
    Kind.RECLASSIFIED: _correction_of,
    Kind.ASSIGNED: _agent_of,
}
