"""All stages' work on one partition number, from its assignment to its loss (Kafka Streams: a task).

A task's memory is always what its worker has committed and is about to commit. It may be kept over a rebalance, but
counts only if the group's offsets, with who committed them, still are what was last seen: somebody else may have owned
the number meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import monotonic, time
from typing import NamedTuple

from aiokafka import TopicPartition
from structlog import get_logger

from services.runtime import metrics
from services.runtime.counts import Counts
from services.runtime.faust.committed_offsets import Committed
from services.runtime.kafka import Kafka
from services.runtime.names import changelog_name
from services.runtime.outbox import Outbox
from services.runtime.positions_in_log import start_positions
from services.runtime.record_batch import RecordBatch
from services.runtime.recovery import FenceAbsent, read_changelogs, require_row_formats
from services.runtime.stage import Application
from services.runtime.stage_partition import StagePartition

log = get_logger(__name__)

StableOffsets = Callable[[list[TopicPartition]], Awaitable[dict[TopicPartition, Committed]]]
"""The offsets of these source partitions, once no open transaction holds one (takeover.py)."""


class Done(NamedTuple):
    """What a transaction holds of a task, beside its outputs: the offsets of all its sources, and its counts."""

    offsets: dict[TopicPartition, int]
    counts: list[Counts]


class Task:
    """One partition number of one application."""

    def __init__(
        self, application: Application, kafka: Kafka, partition: int, allowed: Mapping[TopicPartition, int]
    ) -> None:
        self.partition = partition
        self.ready = False
        self.positions: dict[TopicPartition, int] = {}
        self.stages: list[StagePartition] = []
        self._application = application
        self._kafka = kafka
        self._allowed = allowed
        self._stage_of: dict[str, StagePartition] = {}
        self._seen: dict[TopicPartition, Committed] | None = None
        self._claiming = False
        self._dirty = False
        self._began = 0.0
        self._sources = [
            kafka.topic_partition(topic.name, partition) for stage in application.stages for topic in stage.sources
        ]

    @property
    def sources(self) -> list[TopicPartition]:
        """The source partitions of this number."""
        return self._sources

    @property
    def paused(self) -> set[TopicPartition]:
        """The source partitions that wait for an operator."""
        return {
            self._kafka.topic_partition(topic, self.partition)
            for topic, stage in self._stage_of.items()
            if topic in stage.sources.pauses.at
        }

    @property
    def dirty(self) -> bool:
        """Whether there is anything to commit."""
        if not self.ready:
            return self._claiming
        return self._dirty or any(stage.table.changed for stage in self.stages)

    async def recover(self, stable_offsets: StableOffsets, fence_absent: FenceAbsent) -> None:
        """Have in memory what was committed last, by whomever: kept where nobody else has committed meanwhile.

        ``fence_absent`` is called again and again while rows are held back by a transaction that somebody left open.
        """
        self._began = monotonic()
        while (found := await stable_offsets(self._sources)) != self._seen:
            await self._read(found, fence_absent)

    def begin(self, writer: str) -> None:
        """Begin or go on to process, at the latest when ``writer`` stands beside the committed offsets.

        From before its first row on, who takes over must find whom to fence (takeover.py).
        """
        self._heed_operators()
        if self._seen is not None and all(found.by == writer for found in self._seen.values()):
            self._become_ready()
        else:
            self._claiming = True

    def process(self, batch: RecordBatch, outbox: Outbox) -> int | None:
        """Process what of ``batch`` is next: how many records that were. None if records before it are missing.

        Everything delivered is checked against the chain of positions: a batch that comes twice is cut.
        """
        position = self.positions[batch.partition]
        if batch.start > position:
            return None
        topic = self._kafka.unnamed(batch.partition.topic)
        stage = self._stage_of[topic]
        if batch.end <= position or topic in stage.sources.pauses.at:
            return 0
        records = batch.records if batch.start == position else [one for one in batch.records if one.offset >= position]
        stage.context.begin(outbox, _wall())
        paused_at = stage.sources.process(topic, records)
        self.positions[batch.partition] = batch.end if paused_at is None else paused_at
        self._dirty = True
        if paused_at is not None:
            self._tell_of_pause(batch.partition, paused_at)
        stage.timers.reach(self._positions_by_topic())
        return len(records)

    def tick(self, wall: int, ends: Mapping[TopicPartition, int], outbox: Outbox) -> list[TopicPartition]:
        """Move time and do what is due. Returns the sources that an operator lets go on."""
        going_on = self._heed_operators()
        positions = self._positions_by_topic()
        for stage in self.stages:
            clock_ends = {
                topic.name: ends[self._kafka.topic_partition(topic.name, self.partition)]
                for topic in stage.stage.clock_topics
            }
            stage.context.begin(outbox, wall)
            stage.timers.tick(wall, clock_ends, positions)
            self._dirty = self._dirty or stage.context.writes > 0
        return going_on

    def take(self, outbox: Outbox, wall: int) -> Done:
        """Move what is to be committed into a transaction: the changed rows into its ``outbox``, the rest returned.

        The first transaction of a task holds offsets alone, with who commits them.
        """
        if self._claiming:
            return Done(dict(self.positions), [])
        self._dirty = False
        for stage in self.stages:
            changelog = changelog_name(self._application.name, stage.stage.name)
            for key, row in stage.take_rows().items():
                outbox.append(changelog, self.partition, key, row, wall, [])
        return Done(dict(self.positions), [stage.context.take_counts() for stage in self.stages])

    def committed(self, offsets: Mapping[TopicPartition, int], writer: str) -> None:
        """These offsets were committed by ``writer``, which is this worker."""
        self._seen = {source: Committed(offset, writer) for source, offset in offsets.items()}
        if self._claiming:
            self._claiming = False
            self._become_ready()

    def close(self) -> None:
        """The partition number has left this worker, or is recovered anew."""
        for stage in self.stages:
            stage.close()
        self.stages = []

    def _become_ready(self) -> None:
        self.ready = True
        rows = sum(len(stage.table) for stage in self.stages)
        seconds = monotonic() - self._began
        metrics.RECOVERY_SECONDS.labels(self._application.name).observe(seconds)
        log.info("partition ready", partition=self.partition, rows=rows, seconds=round(seconds, 3))

    async def _read(self, found: Mapping[TopicPartition, Committed], fence_absent: FenceAbsent) -> None:
        application = self._application
        self.close()
        self.stages = [
            StagePartition(
                stage,
                application.name,
                self.partition,
                self._kafka.partitions,
                stream_time=self._kafka.time == "stream",
            )
            for stage in application.stages
        ]
        self._stage_of = {topic.name: stage for stage in self.stages for topic in stage.stage.sources}
        tables = {changelog_name(application.name, stage.stage.name): stage.table for stage in self.stages}
        await read_changelogs(self._kafka, self.partition, tables, fence_absent)
        for stage, changelog in zip(self.stages, tables, strict=True):
            if stage.stage.row_formats:
                require_row_formats(changelog, self.partition, stage.table, stage.stage.row_formats)
        rows_exist = any(len(table) for table in tables.values())
        self.positions = await start_positions(self._kafka, application.group, found, rows_exist=rows_exist)
        for stage in self.stages:
            stage.recovered(self._positions_by_topic())
        self._seen = dict(found)

    def _positions_by_topic(self) -> dict[str, int]:
        return {self._kafka.unnamed(source.topic): position for source, position in self.positions.items()}

    def _heed_operators(self) -> list[TopicPartition]:
        """Pass on what operators allow, again and again: so a command counts whenever it came."""
        going_on = [
            source
            for topic, stage in self._stage_of.items()
            if stage.sources.pauses.allow(
                topic, self._allowed.get(source := self._kafka.topic_partition(topic, self.partition), 0)
            )
        ]
        for source in going_on:
            log.info("partition goes on: an operator allows its dead letters", **source._asdict())
        return going_on

    def _tell_of_pause(self, source: TopicPartition, offset: int) -> None:
        log.error(
            "partition paused: too many dead letters; mend the cause, then let it go on with this command",
            **source._asdict(),
            offset=offset,
            command=f"redress dlq allow {self._kafka.unnamed(source.topic)} --group {self._application.group} "
            f"--partition {source.partition} --until {offset}",
        )


def _wall() -> int:
    return int(time() * 1000)
