"""Between what a stage remembers and its row: compact bytes that stay readable.

Integers are big-endian, instants microseconds since 1970, identifiers their 16 bytes, names UTF-8 after their length.
The first byte names the format, so that a later version can tell what it reads.
"""

from __future__ import annotations

from datetime import datetime
from struct import Struct
from typing import NamedTuple

from schemas.ids import pack_id, unpack_id
from services.feedback.domain.answers import StoredAnswer
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.row_fields import INTEGER, RowReader, encode_name, encode_window_key
from services.feedback.domain.window import CountedAnswer, Window
from services.lifecycle.event_limit import is_full
from services.lifecycle.event_log import EventLog
from services.worktime.instants import instant, microseconds

COMPLAINT_ROW_FORMAT: int = 3
"""Formats 1 and 2 had events of another history: such rows are not read. Replay the topics into new ones."""
WINDOW_ROW_FORMAT: int = 1

COMPLAINT = Struct(">B?qqqHHHH")
"""Format, whether it was received, due, touched, overflowed, events; how many answers, decided cycles and counted
answers follow. The events, as services/lifecycle/event_bytes.py writes them, come last.
"""
TOUCHED, COUNT = 3, 5
"""Where these stand in the head."""
ANSWER = Struct(">q16sq16sq")
"""Occurred, event id, recorded, cycle, score."""
ID = Struct(">16s")
NO_ID = bytes(16)
WINDOW = Struct(">BI16sH")
"""Format, revision, summary's id; how many counts follow the key."""


def encode_complaint_row(complaint: Complaint) -> bytes:
    """The body of a complaint's row; its id is the row's key."""
    log, due = complaint.log, complaint.due
    parts = [
        COMPLAINT.pack(
            COMPLAINT_ROW_FORMAT,
            complaint.received,
            0 if due is None else microseconds(due),
            log.touched,
            log.overflowed,
            log.count,
            len(complaint.answers),
            len(complaint.decided),
            len(complaint.counted),
        )
    ]
    parts.extend(ANSWER.pack(*answer) for answer in complaint.answers)
    parts.extend(map(pack_id, complaint.decided))
    parts.extend(encode_window_key(window) + INTEGER.pack(score) for window, score in complaint.counted)
    return b"".join([*parts, log.events])


def decode_complaint_row(complaint_id: str, body: bytes) -> Complaint:
    """The complaint of a row. Raises UnknownFormat."""
    reader = RowReader(body, row_format=COMPLAINT_ROW_FORMAT)
    _, received, due, touched, overflowed, count, answers, decided, counted = reader.read(COMPLAINT)
    return Complaint(
        complaint_id=complaint_id,
        answers=tuple(StoredAnswer(*reader.read(ANSWER)) for _ in range(answers)),
        decided=tuple(unpack_id(reader.read(ID)[0]) for _ in range(decided)),
        counted=tuple(CountedAnswer(reader.read_window_key(), reader.read_integer()) for _ in range(counted)),
        due=instant(due) if due else None,
        received=received,
        log=EventLog(reader.read_rest(), count, touched, overflowed),
    )


class Glance(NamedTuple):
    """What is read of a row without the rest of it; ``is_full``: another event is not just appended."""

    received: bool
    due: datetime | None
    is_full: bool


def peek_complaint_row(body: bytes) -> Glance:
    """The row in a body at a glance. Raises UnknownFormat."""
    _, received, due, _, overflowed, count, *_ = RowReader(body, row_format=COMPLAINT_ROW_FORMAT).read(COMPLAINT)
    return Glance(received, instant(due) if due else None, is_full(count, overflowed))


def append_event(body: bytes, event: bytes, touched: int) -> bytes:
    """The row in a body with one more event, and nothing else changed."""
    head = list(COMPLAINT.unpack_from(body))
    head[COUNT] += 1
    head[TOUCHED] = touched
    return COMPLAINT.pack(*head) + body[COMPLAINT.size :] + event


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
