"""What a read_committed reader of a real Kafka sees, and what groups have committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

PARTITIONS = 4
PATIENCE_SECONDS = 120.0


@asynccontextmanager
async def admin_of(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client of an open cluster."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def values_in(bootstrap: str, topic_partition: TopicPartition) -> list[bytes]:
    """The values that one partition holds now."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed") as consumer:
        consumer.assign([topic_partition])
        await consumer.seek_to_beginning(topic_partition)
        end = (await consumer.end_offsets([topic_partition]))[topic_partition]
        values = []
        while await consumer.position(topic_partition) < end:
            values += [record.value for record in (await consumer.getmany(timeout_ms=100)).get(topic_partition, [])]
        return values


class Reading:
    """One cluster, read from outside any group."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def until(self, topic: str, enough: Callable[[list[ConsumerRecord]], bool]) -> list[ConsumerRecord]:
        """All records of a topic from its start, once ``enough`` holds of them."""
        records: list[ConsumerRecord] = []
        async with self._reader(topic) as reader, asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for fetched in (await reader.getmany(timeout_ms=100)).values():
                    records.extend(fetched)
                if enough(records):
                    return records

    async def to_the_end(self, topic: str) -> list[ConsumerRecord]:
        """All records of a topic that are committed now."""
        records: list[ConsumerRecord] = []
        async with self._reader(topic) as reader, asyncio.timeout(PATIENCE_SECONDS):
            ends = await reader.end_offsets(reader.assignment())
            while [
                topic_partition for topic_partition, end in ends.items() if await reader.position(topic_partition) < end
            ]:
                for fetched in (await reader.getmany(timeout_ms=100)).values():
                    records.extend(fetched)
        return records

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """A group's offsets."""
        async with admin_of(self._bootstrap) as admin:
            try:
                offsets = await admin.list_consumer_group_offsets(group)
            except GroupCoordinatorNotAvailableError:  # no group has ever committed here
                return {}
        return {topic_partition: offset.offset for topic_partition, offset in offsets.items()}

    async def until_committed_to_the_end(self, group: str, topics: Iterable[str]) -> None:
        """Return once the group's offsets are the ends of the topics, whatever still comes into them."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            for topic in topics:
                topic_partitions = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
                async with self._reader(topic) as reader:
                    while True:
                        ends = await reader.end_offsets(topic_partitions)
                        committed = await self.committed(group)
                        if all(committed.get(topic_partition, 0) == end for topic_partition, end in ends.items()):
                            break
                        await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _reader(self, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
        reader = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await reader.start()
        try:
            reader.assign([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
            yield reader
        finally:
            await reader.stop()
