"""The order in which a complaint's events are folded, whatever the order in which they were read."""

from __future__ import annotations

from services.sla_monitor.domain.fold.stored_event import StoredEvent


def sort_events(events: list[StoredEvent]) -> list[StoredEvent]:
    """By instant, rank, sequence and id; a routing decision directly after the event it answers, then by hop.

    A decision of another instant than the event it answers (a timer's), or of one that is not known, comes after
    all others of its instant.
    """
    return sorted([_after_its_cause(event, events) if event.answers else event for event in events])


def _after_its_cause(routing: StoredEvent, events: list[StoredEvent]) -> StoredEvent:
    for event in events:
        if event.event_id == routing.follows and event.occurred == routing.occurred:
            return StoredEvent(routing.occurred, event.rank, event.sequence, *routing[3:])
    return routing
