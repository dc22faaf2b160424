"""The order in which a complaint's events are folded, whatever the order in which they were read."""

from __future__ import annotations

from services.sla_monitor.domain.entries import Entry


def in_order(entries: list[Entry]) -> list[Entry]:
    """By instant, rank, sequence and id; a routing decision directly after the event it answers, then by hop.

    A decision of another instant than the event it answers (a timer's), or of one that is not known, comes after
    all others of its instant.
    """
    return sorted(_after_its_cause(entry, entries) if entry.answers else entry for entry in entries)


def _after_its_cause(routing: Entry, entries: list[Entry]) -> Entry:
    for entry in entries:
        if entry.event_id == routing.follows and entry.occurred == routing.occurred:
            return Entry(routing.occurred, entry.rank, entry.sequence, *routing[3:])
    return routing
