"""How many clocks of a partition are open: clocks that open and end in, their counts out."""

from __future__ import annotations

import json
from collections.abc import Iterable

from services.runtime.processor import ProcessorContext

ROW = b"open clocks"
"""A partition's counts are a row of its table, so that they are committed, and recovered, with its complaints."""
ROW_FORMAT: int = ord("{")
"""What a row of JSON begins with; a complaint's begins with the number of its format."""


class OpenClocks:
    """The counts of one partition by clock; none before its row is read."""

    def __init__(self) -> None:
        self._counts: dict[str, int] | None = None

    def count(self, clock: str) -> int:
        """How many of this name are open."""
        return 0 if self._counts is None else self._counts.get(clock, 0)

    def read(self, context: ProcessorContext) -> dict[str, int]:
        """The counts, from the partition's row where they were not read yet."""
        if self._counts is None:
            row = context.row(ROW)
            self._counts = {} if row is None else json.loads(row)
        return self._counts

    def change(self, context: ProcessorContext, opened: Iterable[str], ended: Iterable[str]) -> None:
        """Clocks of one complaint opened and ended."""
        counts = self.read(context)
        for clock in opened:
            counts[clock] = counts.get(clock, 0) + 1
        for clock in ended:
            counts[clock] = counts.get(clock, 0) - 1
        context.put(ROW, json.dumps(counts).encode())
