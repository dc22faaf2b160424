"""One event of a complaint as a row keeps it: what the fold needs and nothing that was written by a person.

An entry is packed as kind, instants, id, sequence and a payload that only its own kind reads (facts.py,
extensions.py, and of a pause its reason and agent, joined by NUL). Instants are integer microseconds since 1970,
ids are sixteen bytes.
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
    DeadlineExtended,
    LifecycleEvent,
)
from services.sla_monitor.domain import extensions, facts
from services.worktime.instants import microseconds

RECEIVED = LIFECYCLE_RANK["complaint_received"]
ACKNOWLEDGED = LIFECYCLE_RANK["complaint_acknowledged"]
ASSIGNED = LIFECYCLE_RANK["agent_assigned"]
AGENT_REPLIED = LIFECYCLE_RANK["agent_replied"]
CUSTOMER_REPLIED = LIFECYCLE_RANK["customer_replied"]
PAUSED = LIFECYCLE_RANK["complaint_paused"]
RESUMED = LIFECYCLE_RANK["complaint_resumed"]
RECLASSIFIED = LIFECYCLE_RANK["complaint_reclassified"]
EXTENDED = LIFECYCLE_RANK["deadline_extended"]
RESOLVED = LIFECYCLE_RANK["complaint_resolved"]
REOPENED = LIFECYCLE_RANK["complaint_reopened"]
CLOSED = LIFECYCLE_RANK["complaint_closed"]
WITHDRAWN = LIFECYCLE_RANK["complaint_withdrawn"]
AUTOMATIC_REPLY = 100
ROUTED = 101
HOLDING_REPLY, FINAL_REPLY, CALLBACK = 102, 103, 104
"""Kinds: a lifecycle event's rank; beyond them a reply that nobody wrote, a routing decision, what else a reply is."""
KIND_OF_REPLY = {"reply": AGENT_REPLIED, "holding": HOLDING_REPLY, "final": FINAL_REPLY, "callback": CALLBACK}
TYPES = {rank: name for name, rank in LIFECYCLE_RANK.items()}

ROUTING = Struct(">16sq")
"""What stands before a routing decision's facts: the id of the event it answers, and its hop."""
HEAD = Struct(">BqqQ16sI")
"""Kind, occurred, recorded, sequence, event id, length of the payload."""
SEQUENCE_ZERO = 1 << 63
NO_SEQUENCE = -SEQUENCE_ZERO
"""Stands before every number, as in all services."""


class Entry(NamedTuple):
    """One event. Entries compare in fold order, but for routing decisions: see order.py.

    ``sequence`` is its source's, NO_SEQUENCE where none was given. ``follows`` is the event's own id, or that of the
    event which a routing decision answers, and ``hop`` the decision's, and -1 for what is none.
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
    payload: bytes


def packed(event: LifecycleEvent | ComplaintRouted) -> bytes:
    """The entry of an event, as bytes."""
    kind, payload, sequence = ROUTED, b"", NO_SEQUENCE
    if isinstance(event, ComplaintRouted):
        payload = ROUTING.pack(identifier_bytes(event.cause_event_id), event.hop) + facts.of_routing(event)
    else:
        kind = LIFECYCLE_RANK[event.type]
        sequence = NO_SEQUENCE if event.source_sequence is None else event.source_sequence
        if isinstance(event, ComplaintReceived):
            payload = facts.of_complaint(event)
        elif isinstance(event, ComplaintReclassified):
            payload = facts.of_reclassification(event)
        elif isinstance(event, ComplaintPaused):
            payload = f"{event.reason}\0{event.agent_id or ''}".encode()
        elif isinstance(event, DeadlineExtended):
            payload = extensions.packed(event)
        elif isinstance(event, AgentReplied):
            kind = AUTOMATIC_REPLY if event.automatic else KIND_OF_REPLY[event.kind]
    return (
        HEAD.pack(
            kind,
            microseconds(event.occurred_at),
            microseconds(event.recorded_at),
            sequence + SEQUENCE_ZERO,
            identifier_bytes(event.event_id),
            len(payload),
        )
        + payload
    )


def unpacked(entries: bytes) -> list[Entry]:
    """The entries that stand one after the other in ``entries``."""
    found = []
    position, end = 0, len(entries)
    while position < end:
        kind, occurred, recorded, sequence, event_id, length = HEAD.unpack_from(entries, position)
        position += HEAD.size + length
        payload = entries[position - length : position]
        sequence -= SEQUENCE_ZERO
        if kind == ROUTED:
            cause, hop = ROUTING.unpack_from(payload)
            payload = payload[ROUTING.size :]
            found.append(Entry(occurred, ROUTED, 0, cause, 1, hop, event_id, ROUTED, recorded, payload))
        else:
            rank = kind if kind < AUTOMATIC_REPLY else AGENT_REPLIED
            found.append(Entry(occurred, rank, sequence, event_id, 0, -1, event_id, kind, recorded, payload))
    return found


def merged(entries: bytes, entry: bytes) -> bytes:
    """Entries with one more; of two with one id the lower (recorded, bytes) stands. The same when nothing changes."""
    event_id, recorded = _identity(entry, 0)
    position = 0
    while position < len(entries):
        end = position + HEAD.size + HEAD.unpack_from(entries, position)[-1]
        known_id, known_recorded = _identity(entries, position)
        if known_id == event_id:
            if (known_recorded, entries[position:end]) <= (recorded, entry):
                return entries
            return entries[:position] + entry + entries[end:]
        position = end
    return entries + entry


def _identity(entries: bytes, position: int) -> tuple[bytes, int]:
    _, _, recorded, _, event_id, _ = HEAD.unpack_from(entries, position)
    return event_id, recorded


def identifier_bytes(identifier: str) -> bytes:
    """Sixteen bytes of an identifier's text."""
    return bytes.fromhex(identifier.replace("-", ""))


def identifier_text(identifier: bytes) -> str:
    """An identifier's canonical text."""
    text = identifier.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
