"""All tasks of a worker: follows the group's assignments, hands record batches on, and moves time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from time import monotonic, time

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from structlog import get_logger

from services.runtime import metrics
from services.runtime.committer import Committer
from services.runtime.fail_stop import fail_stop, fail_stop_on_error
from services.runtime.faust.membership import NOBODY, Membership
from services.runtime.kafka import Kafka
from services.runtime.positions_in_log import require_in_log
from services.runtime.record_batch import RecordBatch
from services.runtime.stage import Application
from services.runtime.table import NEVER
from services.runtime.takeover import Takeover
from services.runtime.task import Task
from services.runtime.transaction import Transactions

log = get_logger(__name__)

TICK_SECONDS = 0.2
IDLE_TICK_SECONDS = 1.0
MEASURE_SECONDS = 1.0
"""Between two updates of the gauges, each of which has a value for every source partition."""
UNASSIGNED_SECONDS = 120.0
"""How long a group may take to say who owns what; the dead it forgets after the session timeout, which is 10 s."""
NO_TASKS: dict[str, object] = {"assigned": False, "partitions": [], "recovering": [], "paused": []}
"""What /readyz says before the worker is connected."""


class Tasks:
    """The partition numbers that this worker owns."""

    def __init__(
        self,
        application: Application,
        kafka: Kafka,
        allowed: Mapping[TopicPartition, int],
        takeover: Takeover,
        transactions: Transactions,
    ) -> None:
        """``allowed``: by source partition the offset before which operators let dead letters not count."""
        self._application = application
        self._kafka = kafka
        self._allowed = allowed
        self._takeover = takeover
        self._writer = transactions.writer
        self._tasks: dict[int, Task] = {}
        self._acquiring: dict[int, asyncio.Task[None]] = {}
        self._committer = Committer(application.name, self._tasks.values, transactions)
        self.membership = NOBODY
        self._assignments = 0
        self._processed = False
        self._assigned = asyncio.Event()

    @property
    def assigned(self) -> bool:
        """Whether the group has said what this worker owns, and has not begun to say it anew."""
        return self._assigned.is_set()

    @property
    def ready(self) -> bool:
        """Whether the group has answered and every partition does its work."""
        return self.assigned and all(task.ready and not task.paused for task in self._tasks.values())

    def facts(self) -> dict[str, object]:
        """What /readyz says."""
        tasks = self._tasks.values()
        return {
            "assigned": self.assigned,
            "partitions": sorted(self._tasks),
            "recovering": sorted(task.partition for task in tasks if not task.ready),
            "paused": sorted(f"{source.topic}-{source.partition}" for task in tasks for source in task.paused),
        }

    def positions(self) -> dict[TopicPartition, int]:
        """The next offset of every source partition that may be read now. Asked by the fetching thread too."""
        positions: dict[TopicPartition, int] = {}
        for task in self._ready():
            paused = task.paused
            positions |= {source: position for source, position in task.positions.items() if source not in paused}
        return positions

    async def require_in_log(self, sources: Iterable[TopicPartition]) -> None:
        """Ends the process where the position of one of these is no offset of its log any more."""
        positions = self.positions()
        await require_in_log(self._kafka, self._application.group, {source: positions[source] for source in sources})

    async def process(self, batches: Collection[RecordBatch]) -> list[TopicPartition]:
        """Process record batches. Returns the partitions of which the consumer has to fetch earlier records."""
        started = monotonic()
        missing = []
        for batch in batches:
            task = self._tasks.get(batch.partition.partition)
            if not self.assigned or task is None or not task.ready:
                continue
            pending = self._committer.pending
            with fail_stop_on_error(f"records of {batch.partition.topic}-{task.partition} could not be processed"):
                records = task.process(batch, pending.outbox)
            if records is None:
                missing.append(batch.partition)
                continue
            self._processed = True
            if records:
                pending.records += records
                pending.oldest = batch.records[0].timestamp if pending.oldest is None else pending.oldest
        metrics.RECORD_BATCH_SECONDS.labels(self._application.name).observe(monotonic() - started)
        await self._committer.commit_soon()
        return missing

    async def suspend(self) -> None:
        """Partitions are being revoked: begin nothing more, and commit what is done while we are still a member."""
        self._assigned.clear()
        await self._committer.drain()
        for task in self._tasks.values():
            task.ready = False

    async def assign(self, sources: Iterable[TopicPartition], membership: Membership) -> None:
        """Let the tasks go that left, and acquire all others: even one that stayed may have had another owner.

        What is done from now on is committed as this ``membership``.
        """
        numbers = self._whole_numbers(set(sources))
        if not numbers:
            await self._require_topics()
        metrics.REBALANCES.labels(self._application.name).inc()
        self._assignments += 1
        self.membership = membership
        for number in self._tasks.keys() - numbers:
            if (acquiring := self._acquiring.pop(number, None)) is not None:
                acquiring.cancel()
            self._tasks.pop(number).close()
        self._assigned.set()
        for number in numbers:
            if number not in self._tasks:
                self._tasks[number] = Task(self._application, self._kafka, number, self._allowed)
            if number not in self._acquiring:
                self._acquiring[number] = asyncio.create_task(self._acquire(self._tasks[number]))

    async def close(self) -> None:
        """Commit what is done, and begin nothing more."""
        for acquiring in self._acquiring.values():
            acquiring.cancel()
        await self.suspend()

    async def tick_forever(self, go_back: Callable[[TopicPartition], Awaitable[None]]) -> None:
        """Let the partitions' time come to what has been read, and do what is due.

        Every TICK_SECONDS where records were read or a row is due, every IDLE_TICK_SECONDS else. ``go_back`` lets the
        consumer fetch from a position again: what it read of a paused partition was dropped.
        """
        ticked_at = measured_at = 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            wall = int(time() * 1000)
            if not self._processed and wall < min(self._next_due(), ticked_at + IDLE_TICK_SECONDS * 1000):
                continue
            ticked_at, self._processed = wall, False
            try:
                ends = await self._kafka.end_offsets(source for task in self._ready() for source in task.sources)
            except KafkaError as error:
                log.warning("time stands: the ends of the topics are not known", error=type(error).__name__)
                continue
            # Some may have become ready since.
            ready = [task for task in self._ready() if ends.keys() >= set(task.sources)]
            for task in ready:
                if not self.assigned:  # a rebalance began while the consumer went back
                    break
                with fail_stop_on_error(f"a timer of partition {task.partition} failed"):
                    going_on = task.tick(wall, ends, self._committer.pending.outbox)
                self._processed = self._processed or task.dirty
                for source in going_on:
                    await go_back(source)
            await self._committer.commit_soon()
            if wall >= measured_at + MEASURE_SECONDS * 1000:
                measured_at = wall
                self._measure_pauses()
                for task in ready:
                    self._measure(task, ends, wall)

    async def require_assignment(self) -> None:
        """Ends the process when it waits too long for an assignment, from the start on or in a rebalance.

        A rebalance that never ends looks like health: nothing fails, and nothing is done. A new member may end it.
        Where no broker answers, a new process would do no better.
        """
        assigned_at = monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self.assigned:
                assigned_at = monotonic()
            elif monotonic() - assigned_at > UNASSIGNED_SECONDS:
                with suppress(KafkaError, TimeoutError):
                    await self._require_topics()
                    fail_stop(f"its group has not said for {UNASSIGNED_SECONDS:g} s what this worker owns")
                assigned_at = monotonic()

    def _next_due(self) -> int:
        return min((stage.table.next_due for task in self._ready() for stage in task.stages), default=NEVER)

    def _ready(self) -> list[Task]:
        return [task for task in list(self._tasks.values()) if task.ready] if self.assigned else []

    async def _acquire(self, task: Task) -> None:
        """Have in the task what was committed, as of an assignment that still stands; then let it begin."""
        with fail_stop_on_error(f"partition {task.partition} could not be acquired"):
            assignment = None
            while assignment != self._assignments or not self.assigned:
                await self._assigned.wait()
                assignment = self._assignments
                await task.recover(self._takeover.stable_offsets, lambda: self._takeover.fence_absent(task.sources))
            del self._acquiring[task.partition]
            task.begin(self._writer)
            await self._committer.commit_soon()

    def _whole_numbers(self, sources: set[TopicPartition]) -> set[int]:
        """A number that came without all its sources would be processed by two workers, each with rows of its own."""
        numbers = {source.partition for source in sources}
        topics = {self._kafka.named(topic.name) for stage in self._application.stages for topic in stage.sources}
        for number in numbers:
            missing = sorted(topics - {source.topic for source in sources if source.partition == number})
            if missing:
                fail_stop(
                    f"partition {number} was assigned without {', '.join(missing)}: "
                    "stop all workers of the group before changing its sources"
                )
        return numbers

    async def _require_topics(self) -> None:
        """A worker without partitions is one too many, or its topics were deleted while it ran."""
        faults = await self._kafka.missing_topics(
            {topic.name for stage in self._application.stages for topic in stage.sources}
        )
        if faults:
            topics = ", ".join(f"{name} {fault}" for name, fault in sorted(faults.items()))
            fail_stop(f"nothing can be assigned any more: {topics}; run `redress topics apply`")

    def _measure_pauses(self) -> None:
        paused = Counter(self._kafka.unnamed(source.topic) for task in self._tasks.values() for source in task.paused)
        for stage in self._application.stages:
            for topic in stage.sources:
                metrics.PAUSED_PARTITIONS.labels(self._application.name, topic.name).set(paused[topic.name])

    def _measure(self, task: Task, ends: dict[TopicPartition, int], wall: int) -> None:
        name = self._application.name
        for source, position in task.positions.items():
            metrics.LAG_RECORDS.labels(name, self._kafka.unnamed(source.topic), source.partition).set(
                max(0, ends[source] - position)
            )
        behind = max(wall - stage.timers.clock.now for stage in task.stages)
        metrics.TIME_LAG_SECONDS.labels(name, task.partition).set(max(0, behind) / 1000)
