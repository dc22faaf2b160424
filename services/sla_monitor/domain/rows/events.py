"""Between stored events and the bytes that a row keeps of them, one event after the other.

Each is its kind, instants, sequence, id and what only its kind says (contents.py). Instants are integer microseconds
since 1970, ids are sixteen bytes.
"""

from __future__ import annotations

from struct import Struct

from services.sla_monitor.domain.fold.stored_event import NO_HOP, NO_SEQUENCE, StoredEvent
from services.sla_monitor.domain.policy.event_kinds import RANKS, ROUTED
from services.sla_monitor.domain.rows.contents import DECODERS, ROUTING, encode_contents

EVENT = Struct(">BqqQ16sI")
"""Kind, occurred, recorded, sequence, event id, length of the contents."""


def encode_event(event: StoredEvent) -> bytes:
    """The bytes of one event."""
    content = b"" if event.contents is None else encode_contents(event.contents)
    if event.kind == ROUTED:
        content = ROUTING.pack(event.follows, event.hop) + content
    head = EVENT.pack(
        event.kind, event.occurred, event.recorded, event.sequence - NO_SEQUENCE, event.event_id, len(content)
    )
    return head + content


def decode_events(events: bytes) -> list[StoredEvent]:
    """The events that stand one after the other in ``events``."""
    found: list[StoredEvent] = []
    # StoredEvent(...) takes twice the time, and a tick makes thousands.
    new, unpack, size = tuple.__new__, EVENT.unpack_from, EVENT.size
    position, end = 0, len(events)
    while position < end:
        kind, occurred, recorded, sequence, event_id, length = unpack(events, position)
        position += size + length
        follows, answers, hop, contents = event_id, 0, NO_HOP, None
        if kind == ROUTED:
            answers = 1
            follows, hop = ROUTING.unpack_from(events, position - length)
            length -= ROUTING.size
        if length:
            contents = DECODERS[kind](events[position - length : position])
        rank, sequence = RANKS[kind], sequence + NO_SEQUENCE
        fields = (occurred, rank, sequence, follows, answers, hop, event_id, kind, recorded, contents)
        found.append(new(StoredEvent, fields))
    return found


def merge_event(events: bytes, event: bytes) -> bytes:
    """Events with one more; of two with one id the lower (recorded, bytes) stands. The same when nothing changes."""
    event_id, recorded = _identity(event, 0)
    position = 0
    while position < len(events):
        end = position + EVENT.size + EVENT.unpack_from(events, position)[-1]
        known_id, known_recorded = _identity(events, position)
        if known_id == event_id:
            if (known_recorded, events[position:end]) <= (recorded, event):
                return events
            return events[:position] + event + events[end:]
        position = end
    return events + event


def _identity(events: bytes, position: int) -> tuple[bytes, int]:
    _, _, recorded, _, event_id, _ = EVENT.unpack_from(events, position)
    return event_id, recorded
