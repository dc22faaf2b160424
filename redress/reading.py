"""From topics to records and decoded events, read_committed up to where they end now; and whether services did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from redress.topics.declared import sources
from schemas.topics import Topic, topic_named
from services.registry import workers
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
        places = kafka.places(*names)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        while await _unread(consumer, ends):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    if record.offset < ends[place]:
                        yield record


async def _unread(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> list[TopicPartition]:
    return [place for place, end in ends.items() if await consumer.position(place) < end]


async def wait_until_read(kafka: Kafka, tell: Callable[[str], None]) -> None:
    """Return once every service has committed all that its topics hold, and has written nothing more.

    ``tell`` hears how many records are left, whenever that changed. Raises StandsStill.
    """
    clock = asyncio.get_running_loop().time
    seen: tuple[dict[TopicPartition, int], int] | None = None
    moved_at = clock()
    async with kafka.reader() as consumer:
        while True:
            ends = await consumer.end_offsets(kafka.places(*(topic.name for topic in sources())))
            lags = {service: await _lag(kafka, service, ends) for service in GROUPS}
            left = sum(lags.values())
            # What a service commits it has written: two looks with the same ends and no lag are the end.
            if left == 0 and seen == (ends, 0):
                return
            if seen != (ends, left):
                tell(", ".join(f"{service} has {lag} records left" for service, lag in lags.items()))
                seen, moved_at = (ends, left), clock()
            elif clock() - moved_at > STILL_SECONDS:
                standing = ", ".join(service for service, lag in lags.items() if lag)
                raise StandsStill(
                    f"{standing} has not moved for {STILL_SECONDS:.0f} s; running, in the same time mode? "
                    "See its log and its /readyz"
                )
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _lag(kafka: Kafka, service: str, ends: dict[TopicPartition, int]) -> int:
    """Records between what the service has committed and the ends of what it reads."""
    group = GROUPS[service]
    places = kafka.places(*(topic.name for topic in SOURCES[group]))
    try:
        committed = await kafka.committed(group, places)
    except TimeoutError:
        raise StandsStill(f"the coordinator of {group} does not answer: are all brokers up?") from None
    return sum(max(0, ends[place] - committed.get(place, 0)) for place in places)
