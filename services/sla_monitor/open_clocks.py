"""How many clocks are open: clocks that open and end in, the gauge's value over all partitions owned here out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from weakref import WeakKeyDictionary, WeakSet

from services.runtime.processor import ProcessorContext
from services.sla_monitor import metrics

ROW = b"open clocks"
"""A partition's counts are a row of its table, so that they are committed, and recovered, with its complaints."""
ROW_FORMAT: int = ord("{")
"""What a row of JSON begins with; a complaint's begins with the number of its format."""


class OpenClocks:
    """Counts per partition. A partition that is released takes its context with it, and so leaves the gauge."""

    def __init__(self, names: Iterable[str]) -> None:
        self._contexts: WeakSet[ProcessorContext] = WeakSet()
        self._decoded: WeakKeyDictionary[ProcessorContext, tuple[bytes, dict[str, int]]] = WeakKeyDictionary()
        for clock in names:
            metrics.OPEN_CLOCKS.labels(clock).set_function(partial(self._open, clock))

    def watch(self, context: ProcessorContext) -> None:
        """Count a partition's clocks in from now on."""
        self._contexts.add(context)

    def change(self, context: ProcessorContext, opened: Iterable[str], ended: Iterable[str]) -> None:
        """Clocks of one complaint opened and ended."""
        counts = self._counts(context)
        for clock in opened:
            counts[clock] = counts.get(clock, 0) + 1
        for clock in ended:
            counts[clock] = counts.get(clock, 0) - 1
        row = json.dumps(counts).encode()
        context.put(ROW, row)
        self._decoded[context] = row, counts

    def _open(self, clock: str) -> float:
        return sum(self._counts(context).get(clock, 0) for context in self._contexts)

    def _counts(self, context: ProcessorContext) -> dict[str, int]:
        row = context.row(ROW)
        if row is None:
            return {}
        decoded, counts = self._decoded.get(context, (b"", {}))
        return counts if decoded == row else json.loads(row)
