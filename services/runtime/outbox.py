"""Collects a transaction's outputs per topic partition, as Kafka batches ready to send."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import aiokafka

Headers = list[tuple[str, bytes]]


class Outbox(Protocol):
    """Where a task writes: Kafka's batches in a worker, lists in a test."""

    def append(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        headers: Headers,
    ) -> None:
        """Add one record."""


class KafkaOutbox:
    """Fills one batch per topic partition; ``flush`` returns once the broker has acknowledged every record."""

    def __init__(self, producer: aiokafka.AIOKafkaProducer, prefix: str) -> None:
        """``prefix`` is the deployment's, before the name of every topic."""
        self._producer = producer
        self._prefix = prefix
        self._open: dict[tuple[str, int], Any] = {}
        self._full: list[tuple[tuple[str, int], Any]] = []

    def append(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        timestamp: int,
        headers: Headers,
    ) -> None:
        """Add one record to the open batch of its topic partition, or to a new one where that is full."""
        topic_partition = (topic, partition)
        batch = self._open.get(topic_partition)
        if batch is not None:
            if batch.append(timestamp=timestamp, key=key, value=value, headers=headers) is not None:
                return
            self._full.append((topic_partition, batch))
        batch = self._open[topic_partition] = self._producer.create_batch()
        batch.append(timestamp=timestamp, key=key, value=value, headers=headers)

    async def flush(self) -> None:
        """Send all batches and wait for every acknowledgement. Raises what the producer raises.

        The first batch of each topic partition goes first, then the second: a request takes one batch of each, so to
        send all of one before the next one's would take as many round trips as there are batches.
        """
        batches_of: dict[tuple[str, int], list[Any]] = {}
        for topic_partition, batch in [*self._full, *self._open.items()]:
            batches_of.setdefault(topic_partition, []).append(batch)
        self._open, self._full = {}, []
        deliveries = []
        for number in range(max(map(len, batches_of.values()), default=0)):
            for (topic, partition), batches in batches_of.items():
                if number < len(batches):
                    batches[number].close()
                    name = self._prefix + topic
                    deliveries.append(await self._producer.send_batch(batches[number], name, partition=partition))
        await asyncio.gather(*deliveries)
