"""Publishes what an operator decided about personal data, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from redress.operating.groups import SOURCE
from schemas.codec import encode
from schemas.headers import cloudevents_headers
from schemas.primitives import Event
from schemas.topics import Topic
from services.runtime.kafka import Kafka
from services.runtime.partitioner import partition_of

TRANSACTIONAL_ID = "redress-personal-data"
"""One for all such commands: two at a time would decide on what the other changes."""


class Change(NamedTuple):
    """A record to be written; without an ``event`` it is a tombstone."""

    topic: Topic[Any]
    key: str
    event: Event | None


async def publish(kafka: Kafka, changes: Iterable[Change], now: datetime) -> None:
    """In one transaction. Raises KafkaError, also where another such command began meanwhile."""
    async with kafka.transactional_producer(kafka.named(TRANSACTIONAL_ID)) as producer, producer.transaction():
        for topic, key, event in changes:
            await producer.send(
                kafka.named(topic.name),
                encode(event) if event is not None else None,
                key=key.encode(),
                partition=partition_of(key.encode(), kafka.partitions),
                timestamp_ms=int(now.timestamp() * 1000),
                headers=cloudevents_headers(event, SOURCE, None) if event is not None else [],
            )
