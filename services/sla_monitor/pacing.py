"""Pacing after an outage: rows that fell due long ago in, a few of them at a time, most severe first, out.

After a long outage everything that fell due meanwhile would be published at once, the breaches of an hour ago among the
warnings of yesterday. A row that waits here keeps its due instant: after a crash it is found again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush

LATE_AFTER = timedelta(seconds=60)
"""An alert later than this is one of an outage: nobody ran, or nobody could read."""
AT_ONCE = 50
"""Rows of each partition whenever its time moves, once or twice a tick (0.2 s): 1,000 to 2,000 a second in four."""


class Pacing:
    """What is held back in one partition."""

    def __init__(self) -> None:
        self._held: list[tuple[int, datetime, bytes]] = []

    def hold(self, severity: int, due: datetime, key: bytes) -> None:
        """Keep a row for later; a lower ``severity`` comes sooner, and then what was due sooner."""
        heappush(self._held, (severity, due, key))

    def release(self) -> Iterator[bytes]:
        """The keys of the next rows. Where an event came meanwhile, what was due is published already."""
        for _ in range(min(AT_ONCE, len(self._held))):
            yield heappop(self._held)[2]

    def __len__(self) -> int:
        return len(self._held)
