"""A complaint's row: what is known of it, what was told of it, and when to look again; to bytes and back.

Integers are big-endian, instants microseconds since 1970, texts UTF-8 behind their length. Instants that are
not set are 0. Entries are kept packed, in the order in which they were read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import Any, NamedTuple

FORMAT = 1
HEAD = Struct(">BBqq8sHHHH")
"""Format, phase, due, grace_ends, digest of the clocks told of, entries, alerts, stops, length of the open clocks."""
COUNT = 5
"""Where the number of entries stands in the head."""
ALERT = Struct(">B16sHB?8s")
"""Length of the clock's name (which follows), cycle, revision, threshold, whether it stands, digest."""
STOP = Struct(">B16sH8s")
"""Length of the clock's name (which follows), cycle, number told, digest."""
NOTHING = b"\0" * 8
"""The digest of what was not told."""


class Phase(IntEnum):
    """Where a complaint is: not received yet, known, or gone."""

    HELD = 0
    KNOWN = 1
    LEFT = 2


PHASES = tuple(Phase)


class AlertKey(NamedTuple):
    """What names an alert within its complaint."""

    clock: str
    cycle: bytes
    threshold: int


class StopKey(NamedTuple):
    """What names the end of a clock within its complaint."""

    clock: str
    cycle: bytes


class ToldAlert(NamedTuple):
    """The last that was published of an alert."""

    revision: int
    stands: bool
    digest: bytes


class ToldStop(NamedTuple):
    """The last that was published of a clock's end, and how often it was."""

    number: int
    digest: bytes


@dataclass(slots=True)
class Row:
    """``due`` is when to look again, ``grace_ends`` when alerts fire although nobody has routed the complaint."""

    phase: Phase = Phase.HELD
    due: int = 0
    grace_ends: int = 0
    clocks_digest: bytes = NOTHING
    open_clocks: tuple[str, ...] = ()
    alerts: dict[AlertKey, ToldAlert] = field(default_factory=dict)
    stops: dict[StopKey, ToldStop] = field(default_factory=dict)
    count: int = 0
    entries: bytes = b""


def encoded(row: Row) -> bytes:
    """The row as bytes."""
    open_clocks = "\0".join(row.open_clocks).encode()
    parts = [
        HEAD.pack(
            FORMAT,
            row.phase,
            row.due,
            row.grace_ends,
            row.clocks_digest,
            row.count,
            len(row.alerts),
            len(row.stops),
            len(open_clocks),
        ),
        open_clocks,
    ]
    for alert, told in row.alerts.items():
        name = alert.clock.encode()
        parts.append(ALERT.pack(len(name), alert.cycle, told.revision, alert.threshold, told.stands, told.digest))
        parts.append(name)
    for stop, ended in row.stops.items():
        name = stop.clock.encode()
        parts.append(STOP.pack(len(name), stop.cycle, ended.number, ended.digest))
        parts.append(name)
    parts.append(row.entries)
    return b"".join(parts)


def decoded(body: bytes) -> Row:
    """The row in ``body``. Raises ValueError for a format that this version does not read."""
    _, phase, due, grace_ends, digest, count, alerts, stops, length = _head(body)
    position = HEAD.size + length
    names = body[HEAD.size : position].decode()
    row = Row(PHASES[phase], due, grace_ends, digest, tuple(names.split("\0")) if names else (), count=count)
    for _ in range(alerts):
        length, cycle, revision, threshold, stands, digest = ALERT.unpack_from(body, position)
        position += ALERT.size + length
        name = body[position - length : position].decode()
        row.alerts[AlertKey(name, cycle, threshold)] = ToldAlert(revision, stands, digest)
    for _ in range(stops):
        length, cycle, number, digest = STOP.unpack_from(body, position)
        position += STOP.size + length
        name = body[position - length : position].decode()
        row.stops[StopKey(name, cycle)] = ToldStop(number, digest)
    row.entries = body[position:]
    return row


def peeked(body: bytes) -> tuple[Phase, int, int]:
    """Phase, due and number of entries of the row in ``body``, without reading the rest. Raises as ``decoded``."""
    _, phase, due, _, _, count, _, _, _ = _head(body)
    return PHASES[phase], due, count


def appended(body: bytes, entry: bytes) -> bytes:
    """The row in ``body`` with one more entry, and nothing else changed."""
    head = list(HEAD.unpack_from(body))
    head[COUNT] += 1
    return HEAD.pack(*head) + body[HEAD.size :] + entry


def _head(body: bytes) -> tuple[Any, ...]:
    head = HEAD.unpack_from(body)
    if head[0] != FORMAT:
        raise ValueError(f"a row has format {head[0]}, and this version reads {FORMAT}; replay the topics into it")
    return head
