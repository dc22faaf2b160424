"""From a CSV file to its rows in the order they happened, with the rows that cannot be read and why."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

from redress.replay.mapping import ReplayMapping


class ReplayError(Exception):
    """The replay cannot start, or cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number among the data rows, its line in the file, and the columns the mapping reads."""

    number: int
    line: int
    complaint: str
    occurred_at: datetime
    values: dict[str, str | None]
    digest: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that makes no events; the rest of the file is read as if it were not there."""

    line: int
    reason: str


def read_rows(path: Path, mapping: ReplayMapping, until: datetime) -> tuple[list[Row], list[Rejection]]:
    """The rows of ``path`` up to the instant ``until``, by instant, then by place; and the rejected ones.

    Raises ReplayError when the file cannot be opened or lacks a column that the mapping names.
    """
    rows: list[Row] = []
    rejected: list[Rejection] = []
    try:
        # A byte that is not UTF-8 spoils its row, not the file.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            lines = csv.reader(file)
            header = next(lines, [])
            _check_header(path, header, mapping)
            for number, line, cells in _number_rows(lines):
                try:
                    rows.append(_parse_row(number, line, header, cells, mapping, until))
                except ValueError as error:
                    rejected.append(Rejection(line, str(error)))
    except OSError as error:
        raise ReplayError(f"{path} cannot be read: {error.strerror}; name a CSV file") from None
    rows.sort(key=lambda row: (row.occurred_at, row.number))
    return rows, rejected


def _check_header(path: Path, header: list[str], mapping: ReplayMapping) -> None:
    if absent := sorted(mapping.columns - set(header)):
        raise ReplayError(
            f"{path}:1: the mapping names columns that the header does not have: {', '.join(absent)}; "
            "correct the mapping, or take the one made for this file"
        )
    if doubled := sorted({column for column in mapping.columns if header.count(column) > 1}):
        raise ReplayError(f"{path}:1: these columns stand twice: {', '.join(doubled)}; rename one of each")


def _number_rows(lines: Iterator[list[str]]) -> Iterator[tuple[int, int, list[str] | csv.Error]]:
    """Data rows with their number and first line; a row that is no CSV comes as its error."""
    number, line = 0, lines.line_num  # type: ignore[attr-defined]
    while True:
        number, start = number + 1, line + 1
        try:
            cells: list[str] | csv.Error = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            cells = error
        line = lines.line_num  # type: ignore[attr-defined]
        if cells:
            yield number, start, cells


def _parse_row(
    number: int,
    line: int,
    header: list[str],
    cells: list[str] | csv.Error,
    mapping: ReplayMapping,
    until: datetime,
) -> Row:
    if isinstance(cells, csv.Error):
        raise ValueError(f"the row is not CSV: {cells}")  # noqa: TRY004  (a reason to reject, as the others)
    if len(cells) != len(header):
        raise ValueError(f"the row has {len(cells)} columns, the header {len(header)}")
    text = "\x1f".join(cells)
    try:
        digest = sha1(text.encode(), usedforsecurity=False).hexdigest()
    except UnicodeEncodeError:
        raise ValueError("the row is not UTF-8") from None
    shape = mapping.row
    named = {column: cell for column, cell in zip(header, cells, strict=True) if column in mapping.columns}
    values = {column: None if cell in shape.missing else cell for column, cell in named.items()}
    complaint, written = values[shape.complaint], values[shape.occurred_at]
    if complaint is None:
        raise ValueError(f"column {shape.complaint} is empty: the row names no complaint")
    if written is None:
        raise ValueError(f"column {shape.occurred_at} is empty: the row names no instant")
    occurred_at = _parse_instant(written, mapping)
    if occurred_at > until:
        raise ValueError(f"column {shape.occurred_at} lies in the future")
    return Row(number, line, complaint, occurred_at, values, digest)


def _parse_instant(written: str, mapping: ReplayMapping) -> datetime:
    """A local time in the mapping's zone: in a gap it moves forward by the gap, repeated it is the first."""
    try:
        local = datetime.strptime(written, mapping.row.format)
    except ValueError:
        raise ValueError(f"column {mapping.row.occurred_at} is not written as {mapping.row.format}") from None
    return (local if local.tzinfo else local.replace(tzinfo=mapping.time_zone)).astimezone(UTC)
