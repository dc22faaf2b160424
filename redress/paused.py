"""From a service's changelogs and committed offsets to the partitions that its workers paused, each with the way on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass

from aiokafka import ConsumerRecord, TopicPartition

from services.registry import Service
from services.runtime.kafka import Kafka
from services.runtime.names import changelog_name, group_name
from services.runtime.pauses import PAUSE_ROW, Pauses
from services.runtime.table import Table


@dataclass(frozen=True)
class PausedPartition:
    """A source partition that a group stopped reading before ``offset``, because it had too many dead letters."""

    group: str
    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return (
            f"{self.group} paused {self.topic}-{self.partition}: too many dead letters (`redress dlq list "
            f"{self.topic}`). Mend the cause, then let it go on: `redress dlq allow {self.topic} --group {self.group} "
            f"--partition {self.partition} --until {self.offset}`"
        )


def list_changelogs(service: Service) -> list[str]:
    """The changelogs of a service's stages."""
    return [changelog_name(service.name, stage.name) for stage in service.stages]


async def find_paused(
    changelogs: AsyncIterable[ConsumerRecord], service: Service, committed: Mapping[TopicPartition, int], kafka: Kafka
) -> list[PausedPartition]:
    """The pauses that stand, of all records of the service's changelogs and what its group has committed."""
    tables: defaultdict[int, Table] = defaultdict(Table)
    async for record in changelogs:
        if record.key is not None and record.key.startswith(PAUSE_ROW):
            tables[record.partition].recover(record.key, record.value)
    found = []
    for partition, table in sorted(tables.items()):
        pauses = Pauses(table, service.sources)
        pauses.recovered(
            {topic: committed.get(kafka.topic_partition(topic, partition), 0) for topic in service.sources}
        )
        group = group_name(service.name)
        found += [PausedPartition(group, topic, partition, offset) for topic, offset in sorted(pauses.at.items())]
    return found
