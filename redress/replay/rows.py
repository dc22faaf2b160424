"""From a CSV file to its rows in the order they happened, with the rows that cannot be read and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha1
from itertools import groupby, pairwise
from pathlib import Path

from redress.replay.cells import Cells
from redress.replay.csv_lines import Damage, read_csv
from redress.replay.instants import read_instant
from redress.replay.mapping import ReplayMapping
from schemas.external_names import canonical_name


class ReplayError(Exception):
    """The replay cannot start, or cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number among the data rows, oldest first, its line in the file, and the columns the mapping reads.

    ``digest`` is of all its cells.
    """

    number: int
    line: int
    complaint: str
    occurred_at: datetime
    values: Cells
    digest: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that makes no events; the rest of the file is read as if it were not there."""

    line: int
    reason: str


@dataclass(frozen=True)
class FileRows:
    """The rows of a file, by instant, then by number, and those that cannot be read, by line."""

    rows: Sequence[Row]
    rejected: Sequence[Rejection]

    @property
    def runs_backwards(self) -> bool:
        """Whether rows have one instant, and all rows with a later instant have lower numbers than those before."""
        numbers = [[row.number for row in rows] for _, rows in groupby(self.rows, key=lambda row: row.occurred_at)]
        several = len(numbers) > 1 and any(len(of_one_instant) > 1 for of_one_instant in numbers)
        return several and all(min(earlier) > max(later) for earlier, later in pairwise(numbers))


def read_rows(path: Path, mapping: ReplayMapping, until: datetime, id_prefix: str = "") -> FileRows:
    """The rows of ``path`` up to the instant ``until``; ``id_prefix`` comes before every complaint's name.

    Raises ReplayError when the file cannot be opened or lacks a column that the mapping names.
    """
    rows: list[Row] = []
    rejected: list[Rejection] = []
    shape = mapping.file
    encoding = "utf-8-sig" if shape.encoding == "utf-8" else shape.encoding
    try:
        # A byte that is no text in the encoding spoils its row, not the file.
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            lines = read_csv(file, shape.delimiter)
            header = _read_header(path, lines, mapping)
            for number, (line, cells) in enumerate(lines, start=1):
                try:
                    rows.append(_parse_row(number, line, header, cells, mapping, until, id_prefix))
                except ValueError as error:
                    rejected.append(Rejection(line, str(error)))
    except OSError as error:
        raise ReplayError(f"{path} cannot be read: {error.strerror}; name a CSV file") from None
    if shape.newest_first:
        behind_last = len(rows) + len(rejected) + 1
        rows = [replace(row, number=behind_last - row.number) for row in rows]
    rows.sort(key=lambda row: (row.occurred_at, row.number))
    return FileRows(rows, rejected)


def read_cell_instant(column: str, values: Cells, mapping: ReplayMapping, until: datetime) -> datetime:
    """The instant in a column of a row, in UTC, at most ``until``. Raises ValueError, which names the column."""
    written = values[column]
    if written is None:
        raise ValueError(f"column {column} is empty: the row names no instant")
    try:
        instant = read_instant(written, mapping.row.format, mapping.time_zone)
    except ValueError as error:
        raise ValueError(f"column {column} {error}") from None
    if instant > until:
        raise ValueError(f"column {column} lies in the future")
    return instant


def _read_header(path: Path, lines: Iterator[tuple[int, list[str] | Damage]], mapping: ReplayMapping) -> list[str]:
    line, header = next(lines, (1, []))
    if isinstance(header, Damage):
        raise ReplayError(f"{path}:{line}: the header cannot be read: {header.reason}; `encoding` stands under `file:`")
    if absent := sorted(mapping.columns - set(header)):
        raise ReplayError(
            f"{path}:{line}: the mapping names columns that the header does not have: {', '.join(absent)}; correct the "
            f"mapping, its delimiter {mapping.file.delimiter!r} and encoding {mapping.file.encoding} too, or take the "
            "one made for this file"
        )
    if doubled := sorted({column for column in mapping.columns if header.count(column) > 1}):
        raise ReplayError(f"{path}:{line}: these columns stand twice: {', '.join(doubled)}; rename one of each")
    return header


def _parse_row(
    number: int,
    line: int,
    header: list[str],
    cells: list[str] | Damage,
    mapping: ReplayMapping,
    until: datetime,
    id_prefix: str,
) -> Row:
    if isinstance(cells, Damage):
        raise ValueError(cells.reason)  # noqa: TRY004  (a reason to reject, as the others)
    text = "\x1f".join(cells)
    try:
        digest = sha1(text.encode(), usedforsecurity=False).hexdigest()
    except UnicodeEncodeError:
        raise ValueError(f"the row is not {mapping.file.encoding}; write the file's `encoding` under `file:`") from None
    if len(cells) != len(header):
        raise ValueError(f"the row has {len(cells)} columns, the header {len(header)}")
    shape = mapping.row
    named = {column: cell for column, cell in zip(header, cells, strict=True) if column in mapping.columns}
    values = {column: None if cell in shape.missing else cell for column, cell in named.items()}
    complaint = values[shape.complaint]
    if complaint is None:
        raise ValueError(f"column {shape.complaint} is empty: the row names no complaint")
    try:
        values[shape.complaint] = complaint = canonical_name(id_prefix + complaint)
    except ValueError as error:
        raise ValueError(f"column {shape.complaint}: {error}") from None
    return Row(number, line, complaint, read_cell_instant(shape.occurred_at, values, mapping, until), values, digest)
