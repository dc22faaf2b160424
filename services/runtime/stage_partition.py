"""One partition of one stage, as long as it is owned: what belongs together there, and how it goes on from its rows.

It knows no network and never waits: a task runs it for a worker, a TopologyTestDriver for a test. What its records and
its timers write to an outbox and to the table belongs to one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.runtime.partition_context import PartitionContext
from services.runtime.sources import Sources
from services.runtime.stage import Stage
from services.runtime.table import Table
from services.runtime.timers import Timers


class StagePartition:
    """Its records go to ``sources``, the wall clock to ``timers``; ``context.begin`` comes before either."""

    def __init__(self, stage: Stage, service: str, partition: int, partitions: int, *, stream_time: bool) -> None:
        self.stage = stage
        self.table = Table()
        self.context = PartitionContext(self.table, service, partition, partitions)
        self._processor = stage.new_processor()
        self.timers = Timers(stage, self.table, self.context, self._processor, stream_time=stream_time)
        self.sources = Sources(stage, self.table, self.context, self._processor, self.timers)

    def recovered(self, positions: Mapping[str, int]) -> None:
        """Go on from the rows that the changelog held, and from ``positions``, the next offset of each source."""
        self.table.recovered()
        self.sources.pauses.recovered(positions)
        self.timers.recovered()

    def take_rows(self) -> dict[bytes, bytes | None]:
        """What the next transaction writes to the changelog, the clock's row included."""
        self.timers.store()
        return self.table.take_changed()

    def close(self) -> None:
        """The partition is owned no longer, or by a StagePartition that begins anew."""
        self._processor.close()
