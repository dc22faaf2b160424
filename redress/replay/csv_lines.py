"""From an open CSV file to its rows of cells; a row that is damaged comes as what is wrong with it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redress.replay.cells import read_cell


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a row cannot be read, and what else of the file is not."""

    reason: str


def read_csv(file: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | Damage]]:
    """Every row with the line that it begins on, cells as ``read_cell`` reads them; empty rows are left out.

    A quote that is not closed takes the lines behind it for its text, up to the next quote or the end of the file. Only
    the line of the quote is damaged then: reading goes on with the next. From bytes that are no text in the file's
    encoding, and cannot be passed over, nothing is read to the end.
    """
    lines = _Lines(file)
    rows = _reader(lines, delimiter)
    while True:
        begins = lines.begin_row()
        try:
            cells = [read_cell(cell) for cell in next(rows)]
        except StopIteration:
            return
        except csv.Error as error:
            yield begins, Damage(_explain(error, several_lines=lines.go_back_to_second_line()))
            rows = _reader(lines, delimiter)
        except UnicodeDecodeError as error:
            yield begins, Damage(f"nothing is read from here to the end: the bytes are not {error.encoding}")
            return
        else:
            if any(cells):
                yield begins, cells


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    # Strict: otherwise what a quote swallowed would be one cell, without a word.
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def _explain(error: csv.Error, *, several_lines: bool) -> str:
    if several_lines:
        return f"a quote opens on this line and is not closed ({error}); only this line is passed over"
    return f"the row is not CSV: {error}"


class _Lines(Iterator[str]):
    """A file's lines, of which those of the row that is being read can be read again."""

    def __init__(self, file: Iterable[str]) -> None:
        self._file = iter(file)
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self._read = 0

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self._row.append(line)
        return line

    def begin_row(self) -> int:
        """A row begins with the next line; the number of that line, from 1."""
        self._read += len(self._row)
        self._row.clear()
        return self._read + 1

    def go_back_to_second_line(self) -> bool:
        """Of the row that was being read only the first line is over. False if it had no other."""
        self._again.extendleft(reversed(self._row[1:]))
        several = len(self._row) > 1
        del self._row[1:]
        return several
