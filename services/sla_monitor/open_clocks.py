"""How many clocks are open: clocks that open and end in, the gauge's value over all partitions owned here out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from weakref import WeakSet

from services.runtime.stage import Turn
from services.sla_monitor import metrics

ROW = b"open clocks"
"""A partition's counts are a row of its table, so that they are committed, and recovered, with its complaints."""
ROW_FORMAT: int = ord("{")
"""What a row of JSON begins with; a complaint's begins with the number of its format."""


class OpenClocks:
    """Counts per partition. A partition that is released takes its turn with it, and so leaves the gauge."""

    def __init__(self, names: Iterable[str]) -> None:
        self._turns: WeakSet[Turn] = WeakSet()
        for clock in names:
            metrics.OPEN_CLOCKS.labels(clock).set_function(partial(self._open, clock))

    def watch(self, turn: Turn) -> None:
        """Count a partition's clocks in from now on."""
        self._turns.add(turn)

    def change(self, turn: Turn, opened: Iterable[str], ended: Iterable[str]) -> None:
        """Clocks of one complaint opened and ended."""
        counts = _counts(turn)
        for clock in opened:
            counts[clock] = counts.get(clock, 0) + 1
        for clock in ended:
            counts[clock] = counts.get(clock, 0) - 1
        turn.put(ROW, json.dumps(counts).encode())

    def _open(self, clock: str) -> float:
        return sum(_counts(turn).get(clock, 0) for turn in self._turns)


def _counts(turn: Turn) -> dict[str, int]:
    row = turn.row(ROW)
    return json.loads(row) if row else {}
