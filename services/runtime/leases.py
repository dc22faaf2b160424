"""All leases of a worker: follows the group's assignments, and moves time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic, time

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from structlog import get_logger

from services.runtime import metrics
from services.runtime.fail_stop import fail_stop, fail_stop_on_error
from services.runtime.kafka import Kafka
from services.runtime.lease import Lease
from services.runtime.operator_commands import OperatorCommands
from services.runtime.recovery import require_in_log
from services.runtime.stage import Application

log = get_logger(__name__)

TICK_SECONDS = 0.2
UNASSIGNED_SECONDS = 120.0
"""How long a group may take to say who owns what; the dead it forgets after the session timeout, which is 10 s."""


class Leases:
    """The partition numbers that this worker owns."""

    def __init__(self, application: Application, kafka: Kafka, commands: OperatorCommands) -> None:
        self._application = application
        self._kafka = kafka
        self._commands = commands
        self._leases: dict[int, Lease] = {}
        self._acquiring: dict[int, asyncio.Task[None]] = {}
        self.assigned = False

    @property
    def ready(self) -> bool:
        """Whether the group has answered and every partition does its work."""
        return self.assigned and all(lease.ready and not lease.paused for lease in self._leases.values())

    def facts(self) -> dict[str, object]:
        """What /readyz says."""
        leases = self._leases.values()
        return {
            "assigned": self.assigned,
            "partitions": sorted(self._leases),
            "recovering": sorted(lease.partition for lease in leases if not lease.ready),
            "paused": sorted(f"{place.topic}-{place.partition}" for lease in leases for place in lease.paused),
        }

    def get(self, partition: int) -> Lease | None:
        """The lease of a number, if it is owned."""
        return self._leases.get(partition)

    def heads(self) -> dict[TopicPartition, int]:
        """The next offset of every source partition that may be read now. Asked by the fetching thread too."""
        return {
            place: head
            for lease in list(self._leases.values())
            if lease.ready
            for place, head in lease.heads.items()
            if place not in lease.paused
        }

    async def require_in_log(self, places: Iterable[TopicPartition]) -> None:
        """Ends the process where the head of one of these is no offset of its log any more."""
        heads = self.heads()
        await require_in_log(self._kafka, self._application.group, {place: heads[place] for place in places})

    async def suspend(self) -> None:
        """Partitions are being revoked: finish what is begun, begin nothing."""
        self.assigned = False
        await asyncio.gather(*(lease.suspend() for lease in self._leases.values()))

    async def assign(self, places: Iterable[TopicPartition]) -> None:
        """Keep the leases that stay, let those go that left, and begin to acquire those that came."""
        numbers = self._whole_numbers(set(places))
        if not numbers:
            await self._require_topics()
        metrics.REBALANCES.labels(self._application.name).inc()
        await asyncio.gather(*(self._let_go(number) for number in set(self._leases) - numbers))
        for number in numbers:
            lease = self._leases.get(number)
            if lease is not None:
                lease.resume()
                continue
            self._leases[number] = lease = Lease(self._application, self._kafka, number, self._commands.allowed)
            self._acquiring[number] = asyncio.create_task(self._acquire(lease))
        self.assigned = True

    async def close(self) -> None:
        """Let everything go."""
        self.assigned = False
        await asyncio.gather(*(self._let_go(number) for number in list(self._leases)))

    async def tick_forever(self, go_back: Callable[[TopicPartition], Awaitable[None]]) -> None:
        """Every TICK_SECONDS, let the partitions' time come to what has been read, and do what is due.

        ``go_back`` lets the consumer fetch from a head again: what it read of a paused partition was dropped.
        """
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._measure_pauses()
            leases = [lease for lease in self._leases.values() if lease.ready]
            if not leases:
                continue
            wall = int(time() * 1000)
            try:
                ends = await self._kafka.end_offsets(place for lease in leases for place in lease.sources)
            except KafkaError as error:
                log.warning("time stands: the ends of the topics are not known", error=type(error).__name__)
                continue
            for lease in leases:
                for place in await lease.tick(wall, ends):
                    await go_back(place)
                self._measure(lease, ends, wall)

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

    async def _acquire(self, lease: Lease) -> None:
        try:
            with fail_stop_on_error(f"partition {lease.partition} could not be acquired"):
                await lease.acquire()
        finally:
            self._acquiring.pop(lease.partition, None)

    async def _let_go(self, number: int) -> None:
        lease = self._leases.pop(number)
        acquiring = self._acquiring.pop(number, None)
        if acquiring is not None:
            acquiring.cancel()
            await asyncio.gather(acquiring, return_exceptions=True)
        await lease.release()

    def _whole_numbers(self, places: set[TopicPartition]) -> set[int]:
        """A number that came without all its sources would be written by two workers, each fencing the other."""
        numbers = {place.partition for place in places}
        topics = {self._kafka.named(topic.name) for stage in self._application.stages for topic in stage.sources}
        for number in numbers:
            missing = sorted(topics - {place.topic for place in places if place.partition == number})
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
        paused = Counter(self._kafka.unnamed(place.topic) for lease in self._leases.values() for place in lease.paused)
        for stage in self._application.stages:
            for topic in stage.sources:
                metrics.PAUSED_PARTITIONS.labels(self._application.name, topic.name).set(paused[topic.name])

    def _measure(self, lease: Lease, ends: dict[TopicPartition, int], wall: int) -> None:
        name = self._application.name
        for place, head in lease.heads.items():
            metrics.LAG_RECORDS.labels(name, self._kafka.unnamed(place.topic), place.partition).set(
                max(0, ends[place] - head)
            )
        behind = max(wall - stage.clock.now for stage in lease.stages)
        metrics.TIME_LAG_SECONDS.labels(name, lease.partition).set(max(0, behind) / 1000)
