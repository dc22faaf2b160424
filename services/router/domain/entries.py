"""From a lifecycle event to the entry that routing keeps of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

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
    content: Claims | Correction | str | None = None
    if isinstance(event, ComplaintReceived):
        content = claims_of(event)
    elif isinstance(event, ComplaintReclassified):
        content = Correction(event.product, event.category, event.severity)
    elif isinstance(event, AgentAssigned):
        content = event.agent_id
    sequence = WITHOUT_SEQUENCE if event.source_sequence is None else event.source_sequence
    occurred = (event.occurred_at - EPOCH) // MICROSECOND
    return Entry(KINDS[type(event)], occurred, sequence, event.event_id, content)
