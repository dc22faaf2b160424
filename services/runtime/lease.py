"""The right to write for one partition number: a transactional producer, and all stages' work on that number.

Acquiring it (InitProducerId under the id ``redress-<service>-<partition>``) fences the last owner and ends what
it left open; only then the changelog and the committed offsets are read. So safety rests on the producer's
epoch alone, and the consumer group only decides who works. A transaction holds whole runs: outputs, changelog
rows, dead letters and source offsets, or none of it. Whatever fails ends the process, for memory is ahead then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic, time

import aiokafka
from structlog import get_logger

from services.runtime import metrics
from services.runtime.fail_stop import fail_stop_on_error
from services.runtime.kafka import UNREACHABLE_SECONDS, Kafka
from services.runtime.names import changelog_name, transactional_id
from services.runtime.outbox import KafkaOutbox
from services.runtime.recovery import committed_heads, read_changelogs, require_row_formats
from services.runtime.run import Run
from services.runtime.stage import Application
from services.runtime.transaction import Transaction
from services.runtime.turn import StagePartition

log = get_logger(__name__)

COMMIT_SECONDS = 0.1
"""From one transaction's beginning to the next one's, at least, as in Kafka Streams (commit.interval.ms under EOS).

A transaction costs client and brokers some milliseconds, however little it holds: many small ones keep them so busy
that under load everything comes later (docs/decisions.md).
"""
RECORDS_AHEAD = 20_000
"""Records to process while a transaction is being committed; then processing waits for the commit."""


class Lease:
    """One partition number of one application, from its assignment to its loss."""

    def __init__(
        self, application: Application, kafka: Kafka, partition: int, allowed: Mapping[aiokafka.TopicPartition, int]
    ) -> None:
        self.partition = partition
        self.ready = False
        self.heads: dict[aiokafka.TopicPartition, int] = {}
        self.stages = [
            StagePartition(stage, application.name, partition, kafka.partitions, stream_time=kafka.time == "stream")
            for stage in application.stages
        ]
        self._by_topic = {topic.name: stage for stage in self.stages for topic in stage.stage.sources}
        self._application = application
        self._kafka = kafka
        self._allowed = allowed
        self._lock = asyncio.Lock()
        self._suspended = False
        self._committing: asyncio.Task[None] | None = None
        self._began = 0.0
        self._producer: aiokafka.AIOKafkaProducer
        self._fenced = False
        self._pending: Transaction

    @property
    def sources(self) -> list[aiokafka.TopicPartition]:
        """The source partitions of this number."""
        return [self._kafka.place(topic, self.partition) for topic in self._by_topic]

    @property
    def paused(self) -> set[aiokafka.TopicPartition]:
        """The source partitions that wait for an operator."""
        return {
            self._kafka.place(topic, self.partition)
            for topic, stage in self._by_topic.items()
            if topic in stage.pauses.at
        }

    async def acquire(self) -> None:
        """Fence the last owner, then read what it committed. The order is the guarantee."""
        started = monotonic()
        application = self._application
        async with asyncio.timeout(UNREACHABLE_SECONDS):
            self._producer = await self._kafka.transactional_producer(
                transactional_id(application.name, self.partition)
            )
        self._fenced = True
        tables = {changelog_name(application.name, stage.stage.name): stage.table for stage in self.stages}
        rows = await read_changelogs(self._kafka, self.partition, tables)
        for stage, changelog in zip(self.stages, tables, strict=True):
            if stage.stage.row_formats:
                require_row_formats(changelog, self.partition, stage.table, stage.stage.row_formats)
        self.heads = await committed_heads(self._kafka, application.group, self.sources, rows_exist=rows > 0)
        for stage in self.stages:
            stage.recovered(self._heads_by_topic())
        self._heed_operators()
        self._pending = Transaction(KafkaOutbox(self._producer, self._kafka.prefix), dict(self.heads))
        self.ready = True
        seconds = monotonic() - started
        metrics.RECOVERY_SECONDS.labels(application.name).observe(seconds)
        log.info("partition ready", partition=self.partition, rows=rows, seconds=round(seconds, 3))

    def process(self, run: Run) -> bool:
        """Process what of ``run`` is next; the caller holds the lock. False if records before it are missing.

        Everything delivered is checked against the chain of positions: a run that comes twice is cut.
        """
        head = self.heads[run.partition]
        if run.start > head:
            return False
        if run.partition in self.paused or run.end <= head:
            return True
        records = run.records if run.start == head else [one for one in run.records if one.offset >= head]
        topic = self._kafka.unnamed(run.partition.topic)
        stage = self._by_topic[topic]
        stage.begin(self._pending.outbox, _wall())
        paused_at = stage.process(topic, records)
        self.heads[run.partition] = run.end if paused_at is None else paused_at
        self._pending.offsets[run.partition] = self.heads[run.partition]
        self._pending.records += len(records)
        if records and self._pending.oldest is None:
            self._pending.oldest = records[0].timestamp
        if paused_at is not None:
            self._tell_of_pause(run.partition, paused_at)
        stage.reach(self._heads_by_topic())
        return True

    async def take(self, run: Run) -> bool:
        """Process a run inside the lease. False if the consumer has to go back to the head."""
        started = monotonic()
        async with self._lock:
            if self._suspended or not self.ready:
                return True
            with fail_stop_on_error(f"a run of {run.partition.topic}-{self.partition} could not be processed"):
                whole = self.process(run)
        metrics.RUN_SECONDS.labels(self._application.name).observe(monotonic() - started)
        await self._commit_soon()
        return whole

    async def tick(self, wall: int, ends: dict[aiokafka.TopicPartition, int]) -> list[aiokafka.TopicPartition]:
        """Move time and do what is due, inside the lease. Returns the sources that an operator lets go on."""
        async with self._lock:
            if self._suspended or not self.ready:
                return []
            going_on = self._heed_operators()
            with fail_stop_on_error(f"a timer of partition {self.partition} failed"):
                self._tick(wall, ends)
        await self._commit_soon()
        return going_on

    def resume(self) -> None:
        """The number was assigned again: memory still holds what was committed, for else a fence would show."""
        self._suspended = False

    async def suspend(self) -> None:
        """Finish the turn in progress and its transaction, then do nothing: the number may be another's now."""
        async with self._lock:
            self._suspended = True
        while self._committing is not None:
            await asyncio.shield(self._committing)

    async def release(self) -> None:
        """Give the number up for good, also when it was never quite acquired."""
        if self.ready:
            await self.suspend()
        if self._fenced:
            await self._producer.stop()

    def _tick(self, wall: int, ends: dict[aiokafka.TopicPartition, int]) -> None:
        heads = self._heads_by_topic()
        for stage in self.stages:
            clock_ends = {
                topic.name: ends[self._kafka.place(topic.name, self.partition)] for topic in stage.stage.clock_topics
            }
            stage.begin(self._pending.outbox, wall)
            stage.tick(wall, clock_ends, heads)

    def _heads_by_topic(self) -> dict[str, int]:
        return {self._kafka.unnamed(place.topic): head for place, head in self.heads.items()}

    def _heed_operators(self) -> list[aiokafka.TopicPartition]:
        """Pass on what operators allow, again and again: so a command counts whenever it came."""
        going_on = [
            place
            for topic, stage in self._by_topic.items()
            if stage.pauses.allow(topic, self._allowed.get(place := self._kafka.place(topic, self.partition), 0))
        ]
        for place in going_on:
            log.info("partition goes on: an operator allows its dead letters", **place._asdict())
        return going_on

    def _tell_of_pause(self, place: aiokafka.TopicPartition, offset: int) -> None:
        log.error(
            "partition paused: too many dead letters; mend the cause, then let it go on with this command",
            **place._asdict(),
            offset=offset,
            command=f"redress dlq allow {self._kafka.unnamed(place.topic)} --group {self._application.group} "
            f"--partition {place.partition} --until {offset}",
        )

    @property
    def _dirty(self) -> bool:
        pending = self._pending
        return bool(pending.offsets or pending.outbox or any(stage.table.changed for stage in self.stages))

    async def _commit_soon(self) -> None:
        """Commit beside the work: what is finished meanwhile goes into the next transaction."""
        if self._committing is None:
            if self._dirty:
                self._committing = asyncio.create_task(self._commit())
        elif self._pending.records >= RECORDS_AHEAD:
            # Shielded: a turn that is cancelled while it waits would cancel the transaction of the turns before.
            await asyncio.shield(self._committing)

    async def _commit(self) -> None:
        try:
            with fail_stop_on_error(f"the transaction of partition {self.partition} failed"):
                while self._dirty:
                    await self._commit_once()
        finally:
            self._committing = None

    async def _commit_once(self) -> None:
        await asyncio.sleep(self._began + COMMIT_SECONDS - monotonic())
        async with self._lock:
            pending, publish_metrics = self._take()
        self._began = monotonic()
        await pending.commit(self._producer, self._kafka.named(self._application.group))
        metrics.TRANSACTION_SECONDS.labels(self._application.name).observe(monotonic() - self._began)
        publish_metrics()

    def _take(self) -> tuple[Transaction, Callable[[], None]]:
        pending, self._pending = self._pending, Transaction(KafkaOutbox(self._producer, self._kafka.prefix), {})
        now = _wall()
        for stage in self.stages:
            changelog = changelog_name(self._application.name, stage.stage.name)
            for key, row in stage.take_rows().items():
                pending.outbox.append(changelog, self.partition, key, row, now, [])
        taken = [stage.take_counts() for stage in self.stages]

        def publish_metrics() -> None:
            for counts in taken:
                counts.publish(self._application.name)
            if pending.oldest is not None:
                seconds = max(0, _wall() - pending.oldest) / 1000
                metrics.END_TO_END_SECONDS.labels(self._application.name).observe(seconds)

        return pending, publish_metrics


def _wall() -> int:
    return int(time() * 1000)
