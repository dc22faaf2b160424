"""From a lifecycle event to what a complaint's row keeps of it, with the decision that it caused."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

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
from services.router.domain.match_fields import Correction, MatchFields, read_match_fields
from services.router.domain.reasons import Reason
from services.worktime.instants import microseconds

WITHOUT_SEQUENCE = -(2**63)
"""Stands before every ``source_sequence``."""


class EventKind(IntEnum):
    """The events that routing answers to. Rows hold the numbers, which say nothing of order: never change one."""

    RECEIVED = 1
    ASSIGNED = 2
    RECLASSIFIED = 3
    ESCALATED = 4
    RESOLVED = 5
    REOPENED = 6
    CLOSED = 7
    WITHDRAWN = 8


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
"""All other events pass by: they change no queue."""


class StoredDecision(NamedTuple):
    """What is kept of a decision: ``revision`` counts those its event caused, ``id_end`` is the end of its id."""

    queue: str
    priority: int
    skills: str
    reason: Reason
    hop: int
    revision: int
    id_end: bytes


class StoredEvent(NamedTuple):
    """What is kept of one event. ``occurred`` is microseconds since 1970; ``content`` may be an agent's id."""

    kind: EventKind
    occurred: int
    sequence: int
    event_id: str
    content: MatchFields | Correction | str | None = None
    decision: StoredDecision | None = None


def make_stored_event(event: LifecycleEvent) -> StoredEvent:
    """What to keep of an event whose type is in KINDS."""
    kind = KINDS[type(event)]
    read_content = CONTENT_READERS.get(kind)
    return StoredEvent(
        kind,
        microseconds(event.occurred_at),
        WITHOUT_SEQUENCE if event.source_sequence is None else event.source_sequence,
        event.event_id,
        None if read_content is None else read_content(event),
    )


def _read_correction(event: ComplaintReclassified) -> Correction:
    return Correction(event.product, event.category, event.severity)


def _read_agent(event: AgentAssigned) -> str:
    return event.agent_id


CONTENT_READERS: dict[EventKind, Callable[[Any], MatchFields | Correction | str]] = {
    EventKind.RECEIVED: read_match_fields,
    EventKind.RECLASSIFIED: _read_correction,
    EventKind.ASSIGNED: _read_agent,
}
