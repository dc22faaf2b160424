"""The gauges over all partitions owned here: what each partition waits for and has open in, their sums out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from services.sla_monitor import metrics
from services.sla_monitor.open_clocks import OpenClocks
from services.sla_monitor.pacing import Pacing


@dataclass(eq=False)
class PartitionState:
    """What a processor keeps of its partition. ``overdue`` is the count of rows when its time moved last."""

    pacing: Pacing = field(default_factory=Pacing)
    open_clocks: OpenClocks = field(default_factory=OpenClocks)
    overdue: int = 0


class Gauges:
    """Of one worker. The partitions in ``states`` count; one that leaves takes its state away."""

    def __init__(self, clock_names: Iterable[str]) -> None:
        self.states: set[PartitionState] = set()
        metrics.PACED.set_function(lambda: sum(len(state.pacing) for state in self.states))
        metrics.OVERDUE_UNFIRED.set_function(lambda: sum(state.overdue for state in self.states))
        for clock in clock_names:
            metrics.OPEN_CLOCKS.labels(clock).set_function(partial(self._open, clock))

    def _open(self, clock: str) -> float:
        return sum(state.open_clocks.count(clock) for state in self.states)
