"""From a stored event to its place in the order in which a complaint's events are folded."""

from __future__ import annotations

from schemas.events import LIFECYCLE_RANK
from services.router.domain.stored_event import KINDS, EventKind, StoredEvent

TYPE_NAMES: dict[EventKind, str] = {kind: event.model_fields["type"].default for event, kind in KINDS.items()}


def fold_key(event: StoredEvent) -> tuple[bool, int, int, int, str]:
    """The sort key of a complaint's events. The reception opens them, whatever the clocks said.

    Events of one instant follow the rank of their types, which rows do not hold: a new type may move it.
    """
    kind, occurred, sequence, event_id, _, _ = event
    return kind is not EventKind.RECEIVED, occurred, LIFECYCLE_RANK[TYPE_NAMES[kind]], sequence, event_id
