"""Between what a stage remembers and its row: compact bytes that stay readable.

Integers are big-endian, instants microseconds since 1970, identifiers their 16 bytes, names UTF-8 after their length.
The first byte names the format, so that a later version can tell what it reads.
"""

from __future__ import annotations

from struct import Struct

from schemas.ids import pack_id, unpack_id
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.row_fields import INTEGER, RowReader, encode_name, encode_window_key
from services.feedback.domain.stored_event import NO_ID, EventKind, StoredEvent
from services.feedback.domain.window import CountedAnswer, Window
from services.worktime.instants import instant, microseconds

COMPLAINT_ROW_FORMAT: int = 2
"""Format 1 held each event's rank, which meant something else once a type was added to the lifecycle."""
WINDOW_ROW_FORMAT: int = 1

COMPLAINT = Struct(">BqHHH")
"""Format, touched_at; how many events, decided cycles and counted answers follow."""
EVENT = Struct(">BBqqq16s16sqB")
"""Kind, cause's kind, occurred, recorded, sequence, event id, what it refers to, number; how many names follow."""
ID = Struct(">16s")
WINDOW = Struct(">BI16sH")
"""Format, revision, summary's id; how many counts follow the key."""
NO_SEQUENCE = -(2**63)
NO_KIND = 0


def encode_complaint_row(complaint: Complaint) -> bytes:
    """The body of a complaint's row; its id is the row's key."""
    counts = (len(complaint.events), len(complaint.decided), len(complaint.counted))
    parts = [COMPLAINT.pack(COMPLAINT_ROW_FORMAT, microseconds(complaint.touched_at), *counts)]
    parts.extend(map(_encode_event, complaint.events))
    parts.extend(map(pack_id, complaint.decided))
    parts.extend(encode_window_key(window) + INTEGER.pack(score) for window, score in complaint.counted)
    return b"".join(parts)


def decode_complaint_row(complaint_id: str, body: bytes) -> Complaint:
    """The complaint of a row. Raises UnknownFormat."""
    reader = RowReader(body, row_format=COMPLAINT_ROW_FORMAT)
    _, touched_at, events, decided, counted = reader.read(COMPLAINT)
    return Complaint(
        complaint_id=complaint_id,
        touched_at=instant(touched_at),
        events=tuple(_decode_event(reader) for _ in range(events)),
        decided=tuple(unpack_id(reader.read(ID)[0]) for _ in range(decided)),
        counted=tuple(CountedAnswer(reader.read_window_key(), reader.read_integer()) for _ in range(counted)),
    )


def encode_window_row(window: Window) -> bytes:
    """The body of a window's row."""
    summary_id = NO_ID if window.summary_id is None else pack_id(window.summary_id)
    parts = [WINDOW.pack(WINDOW_ROW_FORMAT, window.revision, summary_id, len(window.counts))]
    parts.append(encode_window_key(window.key))
    parts.extend(encode_name(name) + INTEGER.pack(count) for name, count in window.counts.items())
    return b"".join(parts)


def decode_window_row(body: bytes) -> Window:
    """The window of a row. Raises UnknownFormat."""
    reader = RowReader(body, row_format=WINDOW_ROW_FORMAT)
    _, revision, summary_id, counts = reader.read(WINDOW)
    return Window(
        key=reader.read_window_key(),
        revision=revision,
        summary_id=None if summary_id == NO_ID else unpack_id(summary_id),
        counts={reader.read_text(): reader.read_integer() for _ in range(counts)},
    )


def _encode_event(event: StoredEvent) -> bytes:
    fixed = EVENT.pack(
        event.kind,
        NO_KIND if event.cause_kind is None else event.cause_kind,
        event.occurred,
        event.recorded,
        NO_SEQUENCE if event.sequence is None else event.sequence,
        event.event_id,
        event.refers_to,
        event.number,
        len(event.names),
    )
    return fixed + b"".join(map(encode_name, event.names))


def _decode_event(reader: RowReader) -> StoredEvent:
    kind, cause_kind, occurred, recorded, sequence, event_id, refers_to, number, names = reader.read(EVENT)
    return StoredEvent(
        kind=EventKind(kind),
        occurred=occurred,
        recorded=recorded,
        event_id=event_id,
        sequence=None if sequence == NO_SEQUENCE else sequence,
        refers_to=refers_to,
        number=number,
        names=tuple(reader.read_name() for _ in range(names)),
        cause_kind=None if cause_kind == NO_KIND else EventKind(cause_kind),
    )
