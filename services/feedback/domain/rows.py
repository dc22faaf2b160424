"""Rows: what a stage remembers goes in and compact bytes come out, and back.

Integers are big-endian, instants microseconds since 1970, identifiers their 16 bytes, names UTF-8 after their length.
The first byte names the format, so that a later version can tell what it reads.
"""

from __future__ import annotations

import struct
from typing import Any

from schemas.survey_token import METRICS
from services.feedback.domain.cells import Cell, Counted
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.dimension import Tally
from services.feedback.domain.entries import NO_ID, Entry, Kind, id_bytes, id_text
from services.worktime.instants import instant, microseconds

FORMAT = 1
_COMPLAINT = struct.Struct(">BqHHH")  # format, touched_at, entries, decided, counted
_ENTRY = struct.Struct(">BBqqq16s16sqB")  # kind, rank, occurred, recorded, sequence, id, other, number, names
_ID = struct.Struct(">16s")
_CELL = struct.Struct(">Bqq")  # metric, start, end
_TALLY = struct.Struct(">BI16sH")  # format, revision, standing, counts
_INTEGER = struct.Struct(">q")
_LENGTH = struct.Struct(">H")
_NO_SEQUENCE = -(2**63)
_NO_NAME = 2**16 - 1


class UnknownFormat(ValueError):
    """A row that this version of the service did not write: it must not be guessed at."""


def complaint_row(complaint: Complaint) -> bytes:
    """The body of a complaint's row; its id is the row's key."""
    counts = (len(complaint.entries), len(complaint.decided), len(complaint.counted))
    parts = [_COMPLAINT.pack(FORMAT, microseconds(complaint.touched_at), *counts)]
    parts.extend(_entry(entry) for entry in complaint.entries)
    parts.extend(id_bytes(cycle) for cycle in complaint.decided)
    parts.extend(_cell(cell) + _INTEGER.pack(score) for cell, score in complaint.counted)
    return b"".join(parts)


def read_complaint(complaint_id: str, body: bytes) -> Complaint:
    """The complaint of a row. Raises UnknownFormat."""
    row = _Reader(body)
    _, touched_at, entries, decided, counted = row.take(_COMPLAINT)
    return Complaint(
        complaint_id=complaint_id,
        touched_at=instant(touched_at),
        entries=tuple(row.entry() for _ in range(entries)),
        decided=tuple(id_text(row.take(_ID)[0]) for _ in range(decided)),
        counted=tuple(Counted(row.cell(), row.take(_INTEGER)[0]) for _ in range(counted)),
    )


def tally_row(tally: Tally) -> bytes:
    """The body of a window's row."""
    standing = NO_ID if tally.standing is None else id_bytes(tally.standing)
    parts = [_TALLY.pack(FORMAT, tally.revision, standing, len(tally.counts)), _cell(tally.cell)]
    parts.extend(_name(name) + _INTEGER.pack(count) for name, count in tally.counts.items())
    return b"".join(parts)


def read_tally(body: bytes) -> Tally:
    """The window of a row. Raises UnknownFormat."""
    row = _Reader(body)
    _, revision, standing, counts = row.take(_TALLY)
    return Tally(
        cell=row.cell(),
        revision=revision,
        standing=None if standing == NO_ID else id_text(standing),
        counts={row.text(): row.take(_INTEGER)[0] for _ in range(counts)},
    )


def _entry(entry: Entry) -> bytes:
    fixed = _ENTRY.pack(
        entry.kind,
        entry.rank,
        entry.occurred_at,
        entry.recorded_at,
        _NO_SEQUENCE if entry.sequence is None else entry.sequence,
        entry.event_id,
        entry.other,
        entry.number,
        len(entry.names),
    )
    return fixed + b"".join(_name(name) for name in entry.names)


def _cell(cell: Cell) -> bytes:
    span = _CELL.pack(METRICS.index(cell.metric), microseconds(cell.start), microseconds(cell.end))
    return span + _name(cell.dimension) + _name(cell.value)


def _name(name: str | None) -> bytes:
    if name is None:
        return _LENGTH.pack(_NO_NAME)
    raw = name.encode()
    return _LENGTH.pack(len(raw)) + raw


class _Reader:
    """Takes one thing after the other from a row."""

    def __init__(self, body: bytes) -> None:
        if body[0] != FORMAT:
            raise UnknownFormat(f"the row has format {body[0]}; this version reads {FORMAT}")
        self._body = body
        self._at = 0

    def take(self, layout: struct.Struct) -> tuple[Any, ...]:
        values = layout.unpack_from(self._body, self._at)
        self._at += layout.size
        return values

    def name(self) -> str | None:
        (length,) = self.take(_LENGTH)
        if length == _NO_NAME:
            return None
        self._at += length
        return self._body[self._at - length : self._at].decode()

    def text(self) -> str:
        return self.name() or ""

    def entry(self) -> Entry:
        kind, rank, occurred_at, recorded_at, sequence, event_id, other, number, names = self.take(_ENTRY)
        return Entry(
            kind=Kind(kind),
            rank=rank,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            event_id=event_id,
            sequence=None if sequence == _NO_SEQUENCE else sequence,
            other=other,
            number=number,
            names=tuple(self.name() for _ in range(names)),
        )

    def cell(self) -> Cell:
        metric, start, end = self.take(_CELL)
        return Cell(METRICS[metric], self.text(), self.text(), instant(start), instant(end))
