"""How the time of one partition of one stage moves, and how the rows that fall due are worked off."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from schemas.events import ClockAdvanced
from services.runtime.instants import instant, milliseconds
from services.runtime.partition_context import PartitionContext
from services.runtime.partition_time import AnnouncedClock, Clock, WallClock
from services.runtime.processor import Processor
from services.runtime.stage import Stage
from services.runtime.table import RUNTIME_PREFIX, Table

CLOCK_ROW = RUNTIME_PREFIX + b"clock"
DUE_AT_ONCE = 5_000
"""Due rows worked off in one go: a flood after an outage must not hold back records and heartbeats."""


class Timers:
    """Moves the time that ``context`` shows. Its clock is a row of ``table``, committed with what it has led to."""

    def __init__(
        self, stage: Stage, table: Table, context: PartitionContext, processor: Processor, *, stream_time: bool
    ) -> None:
        self.clock = _clock(stage, context.partitions, stream_time=stream_time)
        self._announced_by_origins = stage.clock == "origins"
        self._table = table
        self._context = context
        self._processor = processor
        self._stored = 0

    def begin(self, recorded_at: int) -> None:
        """The first record of all was recorded at ``recorded_at``, in milliseconds since 1970."""
        if self.clock.begin(recorded_at):
            self._context.now = instant(self.clock.now)

    def announce(self, topic: str, event: ClockAdvanced) -> None:
        """Heed what was announced in a source, and do the work that is due."""
        announcer = str(event.origin) if self._announced_by_origins else topic
        if self.clock.announce(announcer, milliseconds(event.to)):
            self._time_moved()

    def tick(self, wall: int, ends: Mapping[str, int], positions: Mapping[str, int]) -> None:
        """Let wall time come to what the positions allow, and do the work that is due."""
        if self.clock.tick(wall, ends, positions):
            self._time_moved()
        else:
            self._work_off(DUE_AT_ONCE)

    def reach(self, positions: Mapping[str, int]) -> None:
        """Let wall time come to what was noted at the last tick, if that is read now, and do the work that is due."""
        if self.clock.reach(positions):
            self._time_moved()

    def store(self) -> None:
        """Put the clock's row into the table, where it has changed."""
        if self.clock.now != self._stored or isinstance(self.clock, AnnouncedClock):
            row = self.clock.store()
            if self._table.get(CLOCK_ROW) != row:
                self._table.put(CLOCK_ROW, row)
            self._stored = self.clock.now

    def recovered(self) -> None:
        """Go on from the clock's row, if there is one."""
        row = self._table.get(CLOCK_ROW)
        if row is not None:
            self.clock.restore(row)
            self._stored = self.clock.now
            self._context.now = instant(self.clock.now)

    def _time_moved(self) -> None:
        self._context.now = instant(self.clock.now)
        # Announced time moves in the middle of a record batch: all that is due up to it comes first.
        self._work_off(None if isinstance(self.clock, AnnouncedClock) else DUE_AT_ONCE)
        self._processor.on_time(self._context)

    def _work_off(self, at_most: int | None) -> None:
        on_due = self._processor.on_due
        for key, due in islice(self._table.pop_due(self.clock.now), at_most):
            on_due(self._context, key, instant(due))


def _clock(stage: Stage, partitions: int, *, stream_time: bool) -> Clock:
    if stage.clock == "origins":
        return AnnouncedClock(frozenset(str(origin) for origin in range(partitions)))
    names = frozenset(topic.name for topic in stage.clock_topics)
    return AnnouncedClock(names) if stream_time else WallClock(names)
