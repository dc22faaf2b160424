"""From the steps of a replay to records in complaint-events and survey-responses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from redress.replay.rows import ReplayError
from redress.replay.stream_time import make_clock_advanced
from schemas.codec import encode
from schemas.events import LifecycleEvent
from schemas.headers import cloudevents_headers
from schemas.primitives import Event
from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings

SOURCE = "/redress/replay"
CLOCK_TOPICS = (COMPLAINT_EVENTS.name, SURVEY_RESPONSES.name)
IN_FLIGHT = 5_000
"""Records sent and not yet acknowledged, at most; then the replay waits for all of them."""


@dataclass
class Published:
    """What the broker has acknowledged."""

    events: int = 0
    clock_records: int = 0
    time: datetime | None = None


async def publish(
    steps: Iterable[LifecycleEvent | datetime], settings: RuntimeSettings, speed: float | None
) -> Published:
    """Publish the steps in order, at ``speed`` stream seconds a wall second, or as fast as the broker goes.

    Raises ReplayError where a topic is missing or the partitions are not as the settings say.
    """
    kafka = Kafka(settings)
    if faults := await kafka.missing_topics(CLOCK_TOPICS):
        raise ReplayError(
            "; ".join(f"the topic {topic} {fault}" for topic, fault in faults.items())
            + ": run `redress topics apply`, with the deployment's REDRESS_PARTITIONS"
        )
    # The default partitioner is Kafka's murmur2 of the key.
    producer = AIOKafkaProducer(**kafka.client, enable_idempotence=True, acks="all", linger_ms=20)
    await producer.start()
    try:
        return await _Publication(producer, kafka, speed).run(steps)
    finally:
        await producer.stop()


class _Publication:
    """Publishes the steps once."""

    def __init__(self, producer: Any, kafka: Kafka, speed: float | None) -> None:
        self.producer = producer
        self.kafka = kafka
        self.speed = speed
        self.published = Published()
        self.sent: list[Any] = []
        self.began: tuple[datetime, float] | None = None

    async def run(self, steps: Iterable[LifecycleEvent | datetime]) -> Published:
        for step in steps:
            await self._pace(step if isinstance(step, datetime) else step.occurred_at)
            now = datetime.now(UTC)
            if isinstance(step, datetime):
                await self._advance(step, now)
            else:
                event = step.model_copy(update={"recorded_at": now})
                await self._send(COMPLAINT_EVENTS.name, event, now, key=event.complaint_id.encode())
                self.published.events += 1
            if len(self.sent) >= IN_FLIGHT:
                await self._wait_for_acknowledgements()
        await self._wait_for_acknowledgements()
        return self.published

    async def _advance(self, to: datetime, now: datetime) -> None:
        for topic in CLOCK_TOPICS:
            for partition in range(self.kafka.partitions):
                await self._send(topic, make_clock_advanced(topic, partition, to, now), now, partition=partition)
                self.published.clock_records += 1
        self.published.time = to

    async def _send(self, topic: str, event: Event, now: datetime, **place: Any) -> None:
        # The timestamp is when it was recorded: by occurred_at, retention would delete history on arrival.
        self.sent.append(
            await self.producer.send(
                self.kafka.named(topic),
                encode(event),
                headers=cloudevents_headers(event, SOURCE, None),
                timestamp_ms=int(now.timestamp() * 1000),
                **place,
            )
        )

    async def _wait_for_acknowledgements(self) -> None:
        await asyncio.gather(*self.sent)
        self.sent.clear()

    async def _pace(self, instant: datetime) -> None:
        if self.speed is None:
            return
        clock = asyncio.get_running_loop().time
        self.began = self.began or (instant, clock())
        wait = (instant - self.began[0]).total_seconds() / self.speed - (clock() - self.began[1])
        if wait > 0:
            await self._wait_for_acknowledgements()
            await asyncio.sleep(wait)
