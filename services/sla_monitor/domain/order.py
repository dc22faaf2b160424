"""The order in which a complaint's events are folded, whatever the order in which they were read."""

from __future__ import annotations

from services.sla_monitor.domain import facts
from services.sla_monitor.domain.entries import ROUTED, Entry

IDENTIFIER_SIZE = 16
Key = tuple[int, int, int, bytes, int, int, bytes]


def in_order(entries: list[Entry]) -> list[Entry]:
    """By instant, rank, sequence and id; a routing decision directly after the event it answers, then by hop."""
    if len(entries) == 1:
        return entries
    by_id = {entry.event_id: entry for entry in entries} if any(e.kind == ROUTED for e in entries) else {}
    return sorted(entries, key=lambda entry: _key(entry, by_id))


def answered(routing: Entry) -> bytes:
    """The id of the event that a routing decision answers."""
    return routing.payload[:IDENTIFIER_SIZE]


def findings(routing: Entry) -> bytes:
    """The packed facts of a routing decision."""
    return routing.payload[IDENTIFIER_SIZE:]


def _key(entry: Entry, by_id: dict[bytes, Entry]) -> Key:
    if entry.kind != ROUTED:
        return (entry.occurred, entry.rank, entry.sequence, entry.event_id, 0, 0, b"")
    cause = answered(entry)
    hop = facts.hop(findings(entry))
    found = by_id.get(cause)
    if found is None or found.occurred != entry.occurred:
        # A timer's decision is later than what it answers; an answer read before its cause waits for it here.
        return (entry.occurred, ROUTED, 0, cause, 1, hop, entry.event_id)
    return (found.occurred, found.rank, found.sequence, cause, 1, hop, entry.event_id)
