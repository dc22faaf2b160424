"""From topics to records and decoded events, read_committed up to where they end now; and whether services did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from redress.paused import find_paused, list_changelogs
from redress.topics.declared import sources
from schemas.topics import Topic, topic_named
from services.registry import Service, workers
from services.runtime.kafka import Kafka
from services.runtime.names import group_name

GROUPS = {service.name: group_name(service.name) for service in workers()}
"""The consumer group of each service that reads topics."""
SOURCES: dict[str, tuple[Topic[Any], ...]] = {
    group_name(service.name): tuple(map(topic_named, service.sources)) for service in workers()
}
"""The topics that each group reads."""
STILL_SECONDS = 120.0
"""A group that has not moved for so long is taken for dead."""
LOOK_AGAIN_SECONDS = 1.0
PAUSED_SECONDS = 10.0
"""So long a partition stands before it is looked up whether it is paused: a worker that starts recovers meanwhile."""


class StandsStill(Exception):
    """A service does not come to the end of what it reads; the message names it."""


async def read_to_end(kafka: Kafka, topics: Iterable[Topic[Any]]) -> AsyncIterator[tuple[Topic[Any], Any]]:
    """Every event that ``topics`` hold at the time of the call, with its topic; tombstones are left out."""
    by_name = {topic.name: topic for topic in topics}
    async for record in records_to_end(kafka, by_name):
        if record.value is not None:
            topic = by_name[kafka.unnamed(record.topic)]
            yield topic, topic.codec.decode(record.value)


async def records_to_end(kafka: Kafka, names: Iterable[str]) -> AsyncIterator[ConsumerRecord]:
    """Every record that the named topics hold at the time of the call."""
    async with kafka.reader() as consumer:
        topic_partitions = kafka.topic_partitions(*names)
        consumer.assign(topic_partitions)
        ends = await consumer.end_offsets(topic_partitions)
        await consumer.seek_to_beginning(*topic_partitions)
        while await _unread(consumer, ends):
            for topic_partition, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    if record.offset < ends[topic_partition]:
                        yield record


async def _unread(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> list[TopicPartition]:
    return [one for one, end in ends.items() if await consumer.position(one) < end]


async def wait_until_read(kafka: Kafka, tell: Callable[[str], None]) -> None:
    """Return once every service has committed all that its topics hold, and has written nothing more.

    ``tell`` hears how many records are left, whenever that changed. Raises StandsStill, at once where a partition is
    paused.
    """
    clock = asyncio.get_running_loop().time
    seen: tuple[dict[TopicPartition, int], int] | None = None
    moved_at = clock()
    stands = {service.name: _Standing() for service in workers()}
    async with kafka.reader() as consumer:
        while True:
            ends = await consumer.end_offsets(kafka.topic_partitions(*(topic.name for topic in sources())))
            committed = {service.name: await _committed(kafka, service) for service in workers()}
            behind = {name: _list_behind(ends, offsets) for name, offsets in committed.items()}
            left = sum(sum(lags.values()) for lags in behind.values())
            # What a service commits it has written: two looks with the same ends and no lag are the end.
            if left == 0 and seen == (ends, 0):
                return
            for service in workers():
                # Records may go on coming while one partition waits: what counts is that it does not move.
                offsets = committed[service.name]
                if stands[service.name].look({source: offsets[source] for source in behind[service.name]}, clock()):
                    await _require_no_pause(kafka, service, offsets)
            if seen != (ends, left):
                tell(", ".join(f"{name} has {sum(lags.values())} records left" for name, lags in behind.items()))
                seen, moved_at = (ends, left), clock()
            elif clock() - moved_at > STILL_SECONDS:
                standing = ", ".join(name for name, lags in behind.items() if lags)
                raise StandsStill(
                    f"{standing} has not moved for {STILL_SECONDS:.0f} s; running, in the same time mode? "
                    "See its log and its /readyz"
                )
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


class _Standing:
    """Whether a source of one group, with records left to read, has stood at its offset for PAUSED_SECONDS."""

    def __init__(self) -> None:
        self._since: dict[tuple[TopicPartition, int], float] = {}
        self._told: set[tuple[TopicPartition, int]] = set()

    def look(self, behind: Mapping[TopicPartition, int], now: float) -> bool:
        """The offsets of the sources as they are ``now``. True once for each source and offset."""
        self._since = {source: self._since.get(source, now) for source in behind.items()}
        standing = {source for source, since in self._since.items() if now - since >= PAUSED_SECONDS}
        new = standing - self._told
        self._told = standing
        return bool(new)


async def _require_no_pause(kafka: Kafka, service: Service, committed: Mapping[TopicPartition, int]) -> None:
    """Raises StandsStill where workers of the service wait for an operator, and says what to do."""
    changelogs = records_to_end(kafka, list_changelogs(service))
    if paused := await find_paused(changelogs, service, committed, kafka):
        raise StandsStill("\n".join(map(str, paused)))


def _list_behind(
    ends: Mapping[TopicPartition, int], committed: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Of the sources, those with records between what is committed and their end, and how many."""
    return {source: ends[source] - offset for source, offset in committed.items() if ends[source] > offset}


async def _committed(kafka: Kafka, service: Service) -> dict[TopicPartition, int]:
    """What the service has committed of each source that it reads; 0 where it has nothing."""
    group = group_name(service.name)
    sources = kafka.topic_partitions(*service.sources)
    try:
        found = await kafka.committed(group, sources)
    except TimeoutError:
        raise StandsStill(f"the coordinator of {group} does not answer: are all brokers up?") from None
    return {source: found.get(source, 0) for source in sources}
