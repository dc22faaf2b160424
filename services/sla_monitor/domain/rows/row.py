"""A complaint's row: what is known of it, what was published of it, and when to look again; to bytes and back.

Integers are big-endian, instants microseconds since 1970, texts UTF-8 behind their length. Instants that are
not set are 0. Events are kept encoded (services/lifecycle/event_bytes.py), in the order in which they were read.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, NamedTuple

from services.lifecycle.event_limit import is_full
from services.lifecycle.event_log import EventLog
from services.sla_monitor.domain.alerts.published import AlertKey, Published, PublishedAlert, PublishedStop, StopKey

ROW_FORMAT: int = 2
"""Format 1 had events of another history: such rows are not read. Replay the topics into new ones."""
HEAD = Struct(">BqqqqH8sHHH")
"""Format, due, grace_ends, touched, overflowed, events, digest of clocks, alerts, stops, length of the open clocks."""
TOUCHED, COUNT = 3, 5
"""Where these stand in the head."""
ALERT = Struct(">B16sHB?8s")
"""Length of the clock's name (which follows), cycle, revision, threshold, whether it stands, digest."""
STOP = Struct(">B16sH8s")
"""Length of the clock's name (which follows), cycle, number published, digest."""


class Row:
    """A complaint's events and what was published of it.

    ``due`` is when to look again, ``grace_ends`` when alerts fire although nobody has routed the complaint.
    """

    def __init__(self, log: EventLog, published: Published, due: int = 0, grace_ends: int = 0) -> None:
        self.log = log
        self.published = published
        self.due = due
        self.grace_ends = grace_ends


def encode_row(row: Row) -> bytes:
    """The row as bytes."""
    published = row.published
    open_clocks = "\0".join(published.open_clocks).encode()
    parts = [
        HEAD.pack(
            ROW_FORMAT,
            row.due,
            row.grace_ends,
            row.log.touched,
            row.log.overflowed,
            row.log.count,
            published.clocks_digest,
            len(published.alerts),
            len(published.stops),
            len(open_clocks),
        ),
        open_clocks,
    ]
    for key, alert in published.alerts.items():
        name = key.clock.encode()
        parts.append(ALERT.pack(len(name), key.cycle, alert.revision, key.threshold, alert.stands, alert.digest))
        parts.append(name)
    for ended, stop in published.stops.items():
        name = ended.clock.encode()
        parts.append(STOP.pack(len(name), ended.cycle, stop.number, stop.digest))
        parts.append(name)
    parts.append(row.log.events)
    return b"".join(parts)


def decode_row(body: bytes) -> Row:
    """The row in ``body``. Raises ValueError for a format that this version does not read."""
    _, due, grace_ends, touched, overflowed, count, digest, alerts, stops, length = _head(body)
    position = HEAD.size + length
    names = body[HEAD.size : position].decode()
    published = Published(digest, tuple(names.split("\0")) if names else ())
    for _ in range(alerts):
        length, cycle, revision, threshold, stands, digest = ALERT.unpack_from(body, position)
        position += ALERT.size + length
        name = body[position - length : position].decode()
        published.alerts[AlertKey(name, cycle, threshold)] = PublishedAlert(revision, stands, digest)
    for _ in range(stops):
        length, cycle, number, digest = STOP.unpack_from(body, position)
        position += STOP.size + length
        name = body[position - length : position].decode()
        published.stops[StopKey(name, cycle)] = PublishedStop(number, digest)
    log = EventLog(body[position:], count, touched, overflowed)
    return Row(log, published, due, grace_ends)


class Glance(NamedTuple):
    """What is read of a row without the rest of it; ``is_full``: another event is not just appended."""

    due: int
    is_full: bool
    has_open_clocks: bool


def peek_row(body: bytes) -> Glance:
    """The row in ``body`` at a glance. Raises as ``decode_row``."""
    _, due, _, _, overflowed, count, *_, length = _head(body)
    return Glance(due, is_full(count, overflowed), length > 0)


def append_event(body: bytes, event: bytes, touched: int) -> bytes:
    """The row in ``body`` with one more event, and nothing else changed."""
    head = list(HEAD.unpack_from(body))
    head[COUNT] += 1
    head[TOUCHED] = max(head[TOUCHED], touched)
    return HEAD.pack(*head) + body[HEAD.size :] + event


def _head(body: bytes) -> tuple[Any, ...]:
    head = HEAD.unpack_from(body)
    if head[0] != ROW_FORMAT:
        raise ValueError(f"a row has format {head[0]}, and this version reads {ROW_FORMAT}; replay the topics into it")
    return head
