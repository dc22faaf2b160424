"""A complaint's row: what is known of it, what was published of it, and when to look again; to bytes and back.

Integers are big-endian, instants microseconds since 1970, texts UTF-8 behind their length. Instants that are
not set are 0. Events are kept encoded (events.py), in the order in which they were read.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import Any

from services.sla_monitor.domain.alerts.published import AlertKey, Published, PublishedAlert, PublishedStop, StopKey

ROW_FORMAT: int = 1
HEAD = Struct(">BBqq8sHHHH")
"""Format, phase, due, grace_ends, digest of the clocks, events, alerts, stops, length of the open clocks."""
COUNT = 5
"""Where the number of events stands in the head."""
ALERT = Struct(">B16sHB?8s")
"""Length of the clock's name (which follows), cycle, revision, threshold, whether it stands, digest."""
STOP = Struct(">B16sH8s")
"""Length of the clock's name (which follows), cycle, number published, digest."""


class Phase(IntEnum):
    """Where a complaint is: not received yet, known, or gone."""

    HELD = 0
    KNOWN = 1
    LEFT = 2


PHASES = tuple(Phase)


class Row:
    """``due`` is when to look again, ``grace_ends`` when alerts fire although nobody has routed the complaint.

    ``events`` are ``count`` events, encoded.
    """

    def __init__(
        self,
        phase: Phase,
        due: int,
        grace_ends: int,
        published: Published,
        count: int = 0,
        events: bytes = b"",
    ) -> None:
        self.phase = phase
        self.due = due
        self.grace_ends = grace_ends
        self.published = published
        self.count = count
        self.events = events


def empty_row(phase: Phase, due: int = 0) -> Row:
    """A row of which nothing was published, without events."""
    return Row(phase, due, 0, Published())


def encode_row(row: Row) -> bytes:
    """The row as bytes."""
    published = row.published
    open_clocks = "\0".join(published.open_clocks).encode()
    parts = [
        HEAD.pack(
            ROW_FORMAT,
            row.phase,
            row.due,
            row.grace_ends,
            published.clocks_digest,
            row.count,
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
    parts.append(row.events)
    return b"".join(parts)


def decode_row(body: bytes) -> Row:
    """The row in ``body``. Raises ValueError for a format that this version does not read."""
    _, phase, due, grace_ends, digest, count, alerts, stops, length = _head(body)
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
    return Row(PHASES[phase], due, grace_ends, published, count, body[position:])


def peek_row(body: bytes) -> tuple[Phase, int, int]:
    """Phase, due and number of events of the row in ``body``, without reading the rest. Raises as ``decode_row``."""
    _, phase, due, _, _, count, _, _, _ = _head(body)
    return PHASES[phase], due, count


def append_event(body: bytes, event: bytes) -> bytes:
    """The row in ``body`` with one more event, and nothing else changed."""
    head = list(HEAD.unpack_from(body))
    head[COUNT] += 1
    return HEAD.pack(*head) + body[HEAD.size :] + event


def _head(body: bytes) -> tuple[Any, ...]:
    head = HEAD.unpack_from(body)
    if head[0] != ROW_FORMAT:
        raise ValueError(f"a row has format {head[0]}, and this version reads {ROW_FORMAT}; replay the topics into it")
    return head
