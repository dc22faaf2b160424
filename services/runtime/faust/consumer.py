"""Faust's consumer, fed with record batches: one message per fetch over all partitions instead of one per record.

Faust keeps group membership, assignment and the way from a topic to an agent; it pays its bookkeeping once per
fetch. Positions, commits and recovery are the tasks' own, so everything of Faust's that would move or commit an
offset does nothing here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import aiokafka
from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import OffsetOutOfRangeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from services.runtime.fail_stop import fail_stop_on_error
from services.runtime.faust.membership import Membership
from services.runtime.faust.pace import Pace
from services.runtime.faust.reader import Reader
from services.runtime.record_batch import RecordBatch, grouped
from services.runtime.tasks import Tasks

BATCH_RECORDS = 2_000
"""Records that are processed between two looks at anything else: 50 to 100 milliseconds of work."""
IDLE_SECONDS = 0.05
"""Pause where no partition may be read: Faust's own is a second."""
FETCH_BYTES = 1024 * 1024
SESSION_SECONDS = 10.0
"""How long a killed worker's partitions stand still."""
HEARTBEAT_SECONDS = 3.0
NEVER_LEFT_BEHIND_MS = 2**31 - 1
"""A worker without partitions does not poll; with a shorter interval it would leave and not come back."""
REBALANCE_FAILED = "a rebalance failed"
"""Left to aiokafka, it is logged, and the worker stays a member of its group that never does its work."""

FAUST_LOGGER = logging.getLogger("faust.redress")
"""mode would name a logger by the module and mark it as its own; this one keeps Faust's level."""


class WholeNumbers(RangePartitionAssignor):  # type: ignore[misc]  # aiokafka is untyped
    """By range: with one count everywhere, a number comes with all its sources to one worker.

    Under a name of its own, so that the group's coordinator refuses workers that commit in another way.
    """

    name = "redress-exactly-once-v2"


class BatchConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust is untyped
    """The thread that fetches; notes the positions around each fetch."""

    logger = FAUST_LOGGER

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        self._pace = Pace()
        return Reader(
            **self.consumer.client,
            client_id=self.consumer.writer,  # by which others know whether this worker is still a member
            group_id=self.app.conf.id,
            partition_assignment_strategy=[WholeNumbers],
            enable_auto_commit=False,
            # Where to begin is the tasks' to say, and a position that is no offset any more is an error.
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=FETCH_BYTES,
            max_poll_interval_ms=NEVER_LEFT_BEHIND_MS,
            session_timeout_ms=int(SESSION_SECONDS * 1000),
            heartbeat_interval_ms=int(HEARTBEAT_SECONDS * 1000),
        )

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> list[RecordBatch]:
        if not self.consumer.flow_active:
            return []
        sources = [TopicPartition(*source) for source in active_partitions]
        self._begin_at_positions(consumer, sources)
        before = self._positions(consumer)
        fetched = await consumer.getmany(*sources, timeout_ms=self._pace.poll_ms)
        self._pace.note(consumer._fetcher, records=bool(fetched))  # noqa: SLF001
        batches = []
        for source, end in self._positions(consumer).items():
            records = fetched.get(source, ())
            first = records[0].offset if records else end
            start = min(before.get(source, first), first)
            if start < end and source in sources:
                batches.append(RecordBatch(source, records, start, end))
        return batches

    def _begin_at_positions(self, consumer: aiokafka.AIOKafkaConsumer, sources: Iterable[TopicPartition]) -> None:
        positions = self.consumer.tasks.positions()
        for source in consumer.assignment() - self._positions(consumer).keys():
            if source in sources and source in positions:
                consumer.seek(source, positions[source])

    @staticmethod
    def _positions(consumer: aiokafka.AIOKafkaConsumer) -> dict[TopicPartition, int]:
        subscription = consumer._subscription.subscription  # noqa: SLF001 - position() may wait
        assignment = subscription and subscription.assignment
        if not assignment:
            return {}
        states = {source: assignment.state_value(source) for source in assignment.tps}
        return {source: state.position for source, state in states.items() if state.has_valid_position}

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock detector looks at commits that are not its own here."""

    def membership(self) -> Membership:
        """As the group's coordinator gave it last."""
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001
        return Membership(coordinator.generation, coordinator.member_id)


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Reads what the tasks own and are ready for; hands each fetch to the agent."""

    logger = FAUST_LOGGER
    client: Mapping[str, Any]
    writer: str
    tasks: Tasks

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self.should_stop or fetcher.should_stop):
            if not self.flow_active:
                await self.wait(self.can_resume_flow)
                continue
            readable = self._get_active_partitions() & set(self.tasks.positions())
            if not readable:
                await self.sleep(IDLE_SECONDS)
                continue
            try:
                batches = await self._thread.getmany(readable, timeout=None)
            except OffsetOutOfRangeError as error:
                await self.tasks.require_in_log(TopicPartition(*source) for source in error.args[0])
                raise
            for group in grouped(batches, BATCH_RECORDS):
                if not self.flow_active:
                    break
                await self.wait_first(self.callback(self._message(group)), self.suspend_flow.wait())

    def _message(self, batches: list[RecordBatch]) -> ConsumerMessage:
        """One message for all, under the partition of the first: Faust asks no more than by whom it is read."""
        source = TP(*batches[0].partition)
        return ConsumerMessage(
            source.topic,
            source.partition,
            batches[0].end - 1,
            None,
            0,
            (),
            None,
            batches,
            None,
            0,
            0,
            source,
            generation_id=self.app.consumer_generation_id,
        )

    async def go_back(self, source: TopicPartition) -> None:
        """Fetch again from the position: records before those that came are missing."""
        positions = self.tasks.positions()
        if source in positions and source in self.assignment():
            await self.seek_wait({TP(*source): positions[source]})

    async def perform_seek(self) -> None:
        """Called by Faust when partitions were assigned: the tasks know the positions."""
        assignment = self.assignment()
        positions = {TP(*source): at for source, at in self.tasks.positions().items() if source in assignment}
        if positions:
            await self.seek_wait(positions)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish what is begun before anybody else may own it."""
        with fail_stop_on_error(REBALANCE_FAILED):
            await self.tasks.suspend()
            await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take the tasks; recovery goes on beside, and a partition is read once its task is ready."""
        with fail_stop_on_error(REBALANCE_FAILED):
            membership = self._thread.membership()
            if membership.valid:  # else the group has forgotten us already, and assigns again
                await self.tasks.assign((TopicPartition(*source) for source in assigned), membership)
            await super().on_partitions_assigned(assigned, generation_id)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: FBT001, FBT002
        """Offsets go with the transactions."""
        return True

    def ack(self, message: Any) -> bool:
        """What was processed is what a transaction holds; Faust needs to know nothing of it."""
        message.acked = True
        return True

    async def wait_empty(self) -> None:
        """The tasks have finished already."""

    def _is_changelog_tp(self, tp: TP) -> bool:
        return False


class NoProducer(driver.Producer):  # type: ignore[misc]
    """Faust publishes nothing; its own producer would connect without the cluster's security."""

    async def on_start(self) -> None:
        """Connect to nothing."""

    async def on_stop(self) -> None:
        """Nothing was connected."""
