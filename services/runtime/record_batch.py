"""A record batch: what one fetch brought from one partition, with the positions before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord, TopicPartition


@dataclass(frozen=True)
class RecordBatch:
    """Records between two fetch positions.

    Positions also move over what Kafka hides (transaction markers, aborted records, what compaction removed), so
    a batch can be empty.
    """

    partition: TopicPartition
    records: Sequence[ConsumerRecord]
    start: int
    end: int

    def split(self, size: int) -> Iterator[RecordBatch]:
        """The same in batches of at most ``size`` records."""
        if len(self.records) <= size:
            yield self
            return
        start = self.start
        for at in range(0, len(self.records), size):
            part = self.records[at : at + size]
            end = self.end if at + size >= len(self.records) else part[-1].offset + 1
            yield RecordBatch(self.partition, part, start, end)
            start = end


def grouped(batches: Iterable[RecordBatch], size: int) -> Iterator[list[RecordBatch]]:
    """All of ``batches`` in order, in groups of at most ``size`` records, or of one batch's part of that size."""
    group: list[RecordBatch] = []
    records = 0
    for batch in batches:
        for part in batch.split(size):
            if group and records + len(part.records) > size:
                yield group
                group, records = [], 0
            group.append(part)
            records += len(part.records)
    if group:
        yield group
