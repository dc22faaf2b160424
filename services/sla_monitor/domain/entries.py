"""One event of a complaint as a row keeps it: what the fold needs and nothing that was written by a person.

An entry is packed as kind, instants, id, sequence and a payload that only its own kind reads (facts.py, and the
reason of a pause). Instants are integer microseconds since 1970, ids are sixteen bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from schemas.derived import ComplaintRouted
from schemas.events import (
    LIFECYCLE_RANK,
    AgentReplied,
    ComplaintPaused,
    ComplaintReceived,
    ComplaintReclassified,
    LifecycleEvent,
)
from services.sla_monitor.domain import facts
from services.worktime.instants import microseconds

RECEIVED = LIFECYCLE_RANK["complaint_received"]
AGENT_REPLIED = LIFECYCLE_RANK["agent_replied"]
PAUSED = LIFECYCLE_RANK["complaint_paused"]
RESUMED = LIFECYCLE_RANK["complaint_resumed"]
RECLASSIFIED = LIFECYCLE_RANK["complaint_reclassified"]
RESOLVED = LIFECYCLE_RANK["complaint_resolved"]
REOPENED = LIFECYCLE_RANK["complaint_reopened"]
CLOSED = LIFECYCLE_RANK["complaint_closed"]
WITHDRAWN = LIFECYCLE_RANK["complaint_withdrawn"]
AUTOMATIC_REPLY = 100
ROUTED = 101
"""Kinds: a lifecycle event's rank; a reply that nobody wrote and a routing decision beyond them."""

HEAD = Struct(">BqqQ16sI")
"""Kind, occurred, recorded, sequence, event id, length of the payload."""
SEQUENCE_ZERO = 1 << 63


class Entry(NamedTuple):
    """One event. ``sequence`` is its source's, 0 where none was given."""

    kind: int
    occurred: int
    recorded: int
    sequence: int
    event_id: bytes
    payload: bytes

    @property
    def rank(self) -> int:
        """Its place among events of one instant."""
        return AGENT_REPLIED if self.kind == AUTOMATIC_REPLY else self.kind


def packed(event: LifecycleEvent | ComplaintRouted) -> bytes:
    """The entry of an event, as bytes."""
    kind, payload, sequence = ROUTED, b"", 0
    if isinstance(event, ComplaintRouted):
        payload = identifier_bytes(event.cause_event_id) + facts.of_routing(event)
    else:
        kind, sequence = LIFECYCLE_RANK[event.type], event.source_sequence or 0
        if isinstance(event, ComplaintReceived):
            payload = facts.of_complaint(event)
        elif isinstance(event, ComplaintReclassified):
            payload = facts.of_reclassification(event)
        elif isinstance(event, ComplaintPaused):
            payload = event.reason.encode()
        elif isinstance(event, AgentReplied) and event.automatic:
            kind = AUTOMATIC_REPLY
    head = HEAD.pack(
        kind,
        microseconds(event.occurred_at),
        microseconds(event.recorded_at),
        sequence + SEQUENCE_ZERO,
        identifier_bytes(event.event_id),
        len(payload),
    )
    return head + payload


def unpacked(entries: bytes) -> list[Entry]:
    """The entries that stand one after the other in ``entries``."""
    found = []
    position, end, size, unpack = 0, len(entries), HEAD.size, HEAD.unpack_from
    while position < end:
        kind, occurred, recorded, sequence, event_id, length = unpack(entries, position)
        position += size
        payload = entries[position : position + length]
        position += length
        found.append(Entry(kind, occurred, recorded, sequence - SEQUENCE_ZERO, event_id, payload))
    return found


def repacked(entries: list[Entry]) -> bytes:
    """Entries as bytes again."""
    return b"".join(
        HEAD.pack(kind, occurred, recorded, sequence + SEQUENCE_ZERO, event_id, len(payload)) + payload
        for kind, occurred, recorded, sequence, event_id, payload in entries
    )


def identifier_bytes(identifier: str) -> bytes:
    """Sixteen bytes of an identifier's text."""
    return bytes.fromhex(identifier.replace("-", ""))


def identifier_text(identifier: bytes) -> str:
    """An identifier's canonical text."""
    text = identifier.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
