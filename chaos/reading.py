"""What a read_committed reader finds in the end, and what groups have committed: a cluster in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from services.runtime.kafka import Kafka

Table = dict[tuple[int, bytes], bytes]
"""Rows by partition and key."""


@dataclass(slots=True)
class Kept:
    """One record as it stands in a topic."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Reading:
    """``records`` by topic, each partition's in its order, up to ``ends``; what groups have committed after that.

    ``ends_after`` are of the instant after that again: some topics never rest.
    """

    records: Mapping[str, Sequence[Kept]]
    ends: Mapping[TopicPartition, int]
    committed: Mapping[str, Mapping[TopicPartition, int]]
    ends_after: Mapping[TopicPartition, int]

    def table(self, changelog: str) -> Table:
        """The rows that a changelog leads to, those of the runtime itself included."""
        rows: Table = {}
        for record in self.records[changelog]:
            row_key = record.partition, record.key or b""
            if record.value is None:
                rows.pop(row_key, None)
            else:
                rows[row_key] = record.value
        return rows


async def read(kafka: Kafka, topics: Iterable[str], groups: Iterable[str]) -> Reading:
    """Everything that is committed in ``topics`` now."""
    topic_partitions = kafka.topic_partitions(*topics)
    records: dict[str, list[Kept]] = {topic_partition.topic: [] for topic_partition in topic_partitions}
    async with kafka.reader() as reader:
        reader.assign(topic_partitions)
        ends = await reader.end_offsets(topic_partitions)
        await reader.seek_to_beginning(*topic_partitions)
        while [
            topic_partition
            for topic_partition in topic_partitions
            if await reader.position(topic_partition) < ends[topic_partition]
        ]:
            for topic_partition, fetched in (await reader.getmany(timeout_ms=100)).items():
                records[topic_partition.topic] += [
                    Kept(
                        topic_partition.topic,
                        topic_partition.partition,
                        one.offset,
                        one.timestamp,
                        one.key,
                        one.value,
                        one.headers,
                    )
                    for one in fetched
                    if one.offset < ends[topic_partition]
                ]
        offsets = {group: await kafka.committed(group, topic_partitions) for group in groups}
        ends_after = await reader.end_offsets(topic_partitions)
    for found in records.values():
        found.sort(key=lambda one: (one.partition, one.offset))
    return Reading(records, ends, offsets, ends_after)
