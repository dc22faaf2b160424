"""What a read_committed reader finds in the end, and what groups have committed: a cluster in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from services.runtime.kafka import Kafka

Place = tuple[str, int]
"""A topic and a partition."""
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
    ends: Mapping[Place, int]
    committed: Mapping[str, Mapping[Place, int]]
    ends_after: Mapping[Place, int]

    def table(self, changelog: str) -> Table:
        """The rows that a changelog leads to, those of the runtime itself included."""
        rows: Table = {}
        for record in self.records[changelog]:
            place = record.partition, record.key or b""
            if record.value is None:
                rows.pop(place, None)
            else:
                rows[place] = record.value
        return rows


async def read(kafka: Kafka, topics: Iterable[str], groups: Iterable[str]) -> Reading:
    """Everything that is committed in ``topics`` now."""
    places = kafka.places(*topics)
    records: dict[str, list[Kept]] = {place.topic: [] for place in places}
    async with kafka.reader() as reader:
        reader.assign(places)
        ends = await reader.end_offsets(places)
        await reader.seek_to_beginning(*places)
        while [place for place in places if await reader.position(place) < ends[place]]:
            for place, fetched in (await reader.getmany(timeout_ms=100)).items():
                records[place.topic] += [
                    Kept(place.topic, place.partition, one.offset, one.timestamp, one.key, one.value, one.headers)
                    for one in fetched
                    if one.offset < ends[place]
                ]
        offsets = {group: _by_place(await kafka.committed(group, places)) for group in groups}
        ends_after = await reader.end_offsets(places)
    for found in records.values():
        found.sort(key=lambda one: (one.partition, one.offset))
    return Reading(records, _by_place(ends), offsets, _by_place(ends_after))


def _by_place(offsets: Mapping[TopicPartition, int]) -> dict[Place, int]:
    return {(place.topic, place.partition): offset for place, offset in offsets.items()}
