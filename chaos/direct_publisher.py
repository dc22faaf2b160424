"""Past intake, publisher into topics: complaints of a front-end that publishes by itself, and poison."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chaos.sent import Sent
from schemas.codec import encode
from schemas.complaint import Customer
from schemas.events import AgentReplied, ComplaintReceived, LifecycleEvent
from schemas.headers import cloudevents_headers
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_RESPONSES
from services.runtime.kafka import Kafka
from services.runtime.partitioner import partition_of

COMPLAINT_EVERY_SECONDS = 0.5
POISON_EVERY_SECONDS = 1.0
TRY_AGAIN_SECONDS = 0.5
POISONED = (COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_RESPONSES)


class DirectPublisher:
    """Publishes for ``seconds``, and again what was not acknowledged."""

    def __init__(self, kafka: Kafka, sent: Sent, *, seed: int, seconds: float) -> None:
        self._kafka = kafka
        self._sent = sent
        self._seed = seed
        self._random = Random(seed)
        self._ends_at = datetime.now(UTC) + timedelta(seconds=seconds)

    async def complaints(self) -> None:
        """Complaints, and a reply to each."""

        async def publish(number: int) -> None:
            for event in make_events(self._seed, number):
                key = event.complaint_id.encode()
                home = partition_of(key, self._kafka.partitions)
                headers = cloudevents_headers(event, "/chaos", None)
                await self._publish(COMPLAINT_EVENTS.name, encode(event), key, home, headers)
                self._sent.accepted[COMPLAINT_EVENTS.name].add(event.event_id)

        await self._every(COMPLAINT_EVERY_SECONDS, publish)

    async def poison(self) -> None:
        """Bytes that are no event, an event of no known type, and one under another's key; few and far between."""

        async def publish(number: int) -> None:
            topic = POISONED[number % len(POISONED)]
            partition = self._random.randrange(self._kafka.partitions)
            complaint, _ = make_events(self._seed, -number - 1)
            value = (
                b"\xff poison %d of %d" % (number, self._seed),
                json.dumps({"type": "poison", "number": number, "seed": self._seed}).encode(),
                encode(complaint),
            )[self._random.randrange(3)]
            self._sent.poison.add(value)
            await self._publish(topic.name, value, b"poison", partition, [])

        await self._every(POISON_EVERY_SECONDS, publish)

    async def poison_in_a_row(self, topic: str, partition: int, records: int) -> None:
        """So many records that are no event, with nothing good between them."""
        async with AIOKafkaProducer(bootstrap_servers=self._kafka.client["bootstrap_servers"], acks="all") as producer:
            batch = producer.create_batch()
            for number in range(records):
                value = b"\xff poison %d in a row of %d" % (number, self._seed)
                batch.append(key=b"poison", value=value, timestamp=None)
                self._sent.poison.add(value)
            await (await producer.send_batch(batch, topic, partition=partition))
        self._sent.pauses += 1

    async def _every(self, seconds: float, publish: Callable[[int], Awaitable[None]]) -> None:
        number = 0
        while datetime.now(UTC) < self._ends_at:
            await publish(number)
            number += 1
            await asyncio.sleep(seconds)

    async def _publish(
        self, topic: str, value: bytes, key: bytes, partition: int, headers: list[tuple[str, bytes]]
    ) -> None:
        """Acknowledged when it returns. What was in doubt is published again, so a record may stand there twice."""
        while True:
            producer = AIOKafkaProducer(bootstrap_servers=self._kafka.client["bootstrap_servers"], acks="all")
            try:
                await producer.start()
                await producer.send_and_wait(topic, value, key, partition, headers=headers)
            except KafkaError:
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                return
            finally:
                await producer.stop()


def make_events(seed: int, number: int) -> tuple[LifecycleEvent, LifecycleEvent]:
    """A complaint and the reply to it, as a front-end that publishes by itself would make them."""
    now = datetime.now(UTC)
    complaint_id = derived_id("chaos", str(seed), str(number))
    complaint = ComplaintReceived(
        event_id=derived_id(complaint_id, "received"),
        complaint_id=complaint_id,
        occurred_at=now,
        recorded_at=now,
        channel="web",
        customer=Customer(id=f"chaos-{number}"),
        category="billing",
    )
    reply = AgentReplied(
        event_id=derived_id(complaint_id, "replied"),
        complaint_id=complaint_id,
        occurred_at=now + timedelta(seconds=1),
        recorded_at=now,
        agent_id="chaos",
    )
    return complaint, reply
