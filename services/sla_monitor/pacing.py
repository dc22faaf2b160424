"""What fell due long before it could be told: rows that are due in, a few of them at a time, most severe first, out.

After a long outage everything that fell due meanwhile would be told at once, and the breaches of an hour ago would
stand between the warnings of yesterday. A row that waits here keeps its due instant: after a crash it is found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from weakref import WeakKeyDictionary

from services.runtime.stage import Turn
from services.worktime.instants import SECOND

LATE_AFTER = 60 * SECOND
"""What is told later than this was not waited for: nobody ran, or nobody could read."""
AT_ONCE = 50
"""Told of each partition whenever its time moves, once or twice a tick (0.2 s): of 1,000 to 2,000 a second in four."""


class Pacing:
    """What is held back, by partition. A partition that is released takes its turn with it."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Turn, list[tuple[int, int, bytes]]] = WeakKeyDictionary()

    def hold(self, turn: Turn, severity: int, due: int, key: bytes) -> None:
        """Keep a row for later; a lower ``severity`` comes sooner, and then what was due sooner."""
        heappush(self._held.setdefault(turn, []), (severity, due, key))

    def release(self, turn: Turn) -> Iterator[bytes]:
        """The keys of a partition's next rows. One that an event has changed meanwhile has told what was due."""
        held = self._held.get(turn, [])
        for _ in range(min(AT_ONCE, len(held))):
            yield heappop(held)[2]

    def __len__(self) -> int:
        return sum(map(len, list(self._held.values())))
