"""A run: what one fetch brought from one partition, with the positions before and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord, TopicPartition


@dataclass(frozen=True)
class Run:
    """Records between two fetch positions.

    Positions also move over what Kafka hides (transaction markers, aborted records, what compaction removed), so
    a run can be empty.
    """

    partition: TopicPartition
    records: Sequence[ConsumerRecord]
    start: int
    end: int

    def split(self, size: int) -> Iterator[Run]:
        """The same in runs of at most ``size`` records."""
        if len(self.records) <= size:
            yield self
            return
        start = self.start
        for at in range(0, len(self.records), size):
            part = self.records[at : at + size]
            end = self.end if at + size >= len(self.records) else part[-1].offset + 1
            yield Run(self.partition, part, start, end)
            start = end
