"""From a complaint's stored events to the order in which they are folded."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.events import LIFECYCLE_RANK
from services.feedback.domain.stored_event import KINDS, EventKind, StoredEvent

TYPE_NAMES: dict[EventKind, str] = {kind: event.model_fields["type"].default for event, kind in KINDS.items()}

LAST_RANK = 2**31
"""After every lifecycle event of the same instant."""


def sort_in_fold_order(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """By occurred, rank, sequence (none before any) and event_id; a routing after what it answers, by hop.

    An answer, and a routing that no lifecycle event caused, come last in their instant. Rows do not hold ranks: a new
    type may move them.
    """
    known = list(events)
    sequences = {event.event_id: event.sequence for event in known}

    def fold_key(event: StoredEvent) -> tuple[object, ...]:
        if event.kind is not EventKind.ROUTED:
            return (*_place(event, event.kind, event.sequence, event.event_id), 0, 0, event.event_id)
        sequence = sequences.get(event.refers_to)
        return (*_place(event, event.cause_kind, sequence, event.refers_to), 1, event.number, event.event_id)

    return sorted(known, key=fold_key)


def _place(
    event: StoredEvent, ranked_as: EventKind | None, sequence: int | None, event_id: bytes
) -> tuple[object, ...]:
    name = None if ranked_as is None else TYPE_NAMES.get(ranked_as)
    rank = LAST_RANK if name is None else LIFECYCLE_RANK[name]
    return event.occurred, rank, sequence is not None, sequence or 0, event_id
