"""What a processor sees of one partition of one stage: rows and time in, what it writes to one transaction out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prometheus_client import Counter, Histogram

from schemas.codec import encode
from schemas.headers import cloudevents_headers, traceparent_of
from schemas.rendering import Rendered
from schemas.topics import Topic
from services.runtime.counts import Counts
from services.runtime.instants import instant, milliseconds
from services.runtime.outbox import Outbox
from services.runtime.partitioner import partition_of
from services.runtime.processor import Record
from services.runtime.table import Table


class PartitionContext:
    """A ProcessorContext (processor.py), kept for as long as the partition is owned.

    ``record`` is the one that is being processed, None for what time brings; ``writes`` says how often the processor
    has written since ``begin``.
    """

    def __init__(self, table: Table, service: str, partition: int, partitions: int) -> None:
        self.service = service
        self.partition = partition
        self.partitions = partitions
        self.now = instant(0)
        self.recorded_at = self.now
        self.recorded_ms = 0
        self.record: Record | None = None
        self.outbox: Outbox
        self.writes = 0
        self.counts = Counts()
        self.cloudevents_source = f"/redress/{service}"
        self._table = table
        self._traced: Record | None = None
        self._trace: bytes | None = None

    # -- what the runtime calls

    def begin(self, outbox: Outbox, wall: int) -> None:
        """Outputs go to ``outbox`` from now on; ``wall`` is the wall clock in milliseconds."""
        self.outbox, self.recorded_ms, self.recorded_at = outbox, wall, instant(wall)
        self.writes = 0

    def take_counts(self) -> Counts:
        """What was counted since the last transaction."""
        counts, self.counts = self.counts, Counts()
        return counts

    def traceparent(self) -> bytes | None:
        """The trace of the record that is being processed, found once."""
        if self.record is not self._traced:
            self._traced = self.record
            self._trace = None if self.record is None else traceparent_of(self.record.headers)
        return self._trace

    # -- what a processor calls

    @property
    def overdue(self) -> int:
        """Rows that are due and were not worked off yet, as in a flood after an outage."""
        return self._table.overdue(milliseconds(self.now))

    def row(self, key: bytes) -> bytes | None:
        """The body stored under ``key``."""
        return self._table.get(key)

    def put(self, key: bytes, body: bytes, due: datetime | None = None) -> None:
        """Store a row."""
        self.writes += 1
        if due is None:
            self._table.put(key, body)
        else:
            self._table.put(key, body, milliseconds(due))

    def delete(self, key: bytes) -> None:
        """Remove a row."""
        self.writes += 1
        self._table.delete(key)

    def publish(self, topic: Topic[Any], key: str | None, event: Any, partition: int | None = None) -> None:
        """Write an event with its CloudEvents headers; the record's trace goes on."""
        self.writes += 1
        self.outbox.append(
            topic.name,
            self.partition if partition is None else partition,
            None if key is None else key.encode(),
            event.value if type(event) is Rendered else encode(event),
            self.recorded_ms,
            cloudevents_headers(event, self.cloudevents_source, self.traceparent()),
        )

    def tombstone(self, topic: Topic[Any], key: str) -> None:
        """Write a tombstone."""
        self.writes += 1
        self.outbox.append(topic.name, self.partition, key.encode(), None, self.recorded_ms, [])

    def home(self, key: str) -> int:
        """Kafka's own partition for ``key``."""
        return partition_of(key.encode(), self.partitions)

    def count(self, metric: Counter, *labels: str, by: int = 1) -> None:
        """Count once it is committed."""
        self.counts.counters[metric, labels] += by

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        """Observe once it is committed."""
        self.counts.observations.append((metric, labels, value))
