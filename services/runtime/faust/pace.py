"""How long a fetch may wait for more: together with others under load, not at all after silence.

Each answer costs client and broker the same, however little it holds. Under load Kafka answers with what came within
GATHER_MS, over all partitions of a broker, or at once where FULL_BYTES wait. After IDLE_SECONDS without a record a
fetch waits IDLE_WAIT_MS, and the first record ends it at once.
"""

from __future__ import annotations

from time import monotonic

from aiokafka.consumer.fetcher import Fetcher

GATHER_MS = 150
FULL_BYTES = 256 * 1024
IDLE_SECONDS = 1.0
IDLE_WAIT_MS = 500


class Pace:
    """The fetch settings of one consumer, as of the records that come.

    ``poll_ms`` is how long to wait for what it has fetched: a little longer than Kafka gathers. aiokafka does not
    return early when it fetched transaction markers only, and positions must move over them.
    """

    def __init__(self) -> None:
        self.poll_ms = 2 * GATHER_MS
        self._last = 0.0

    def note(self, fetcher: Fetcher, *, records: bool) -> None:
        """Set how the next fetches wait, now that one has brought records or none."""
        now = monotonic()
        if records:
            self._last = now
        idle = now - self._last > IDLE_SECONDS
        self.poll_ms = IDLE_WAIT_MS if idle else 2 * GATHER_MS
        fetcher._fetch_min_bytes = 1 if idle else FULL_BYTES  # noqa: SLF001
        fetcher._fetch_max_wait_ms = IDLE_WAIT_MS if idle else GATHER_MS  # noqa: SLF001
