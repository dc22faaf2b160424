"""A contact centre at work while everything breaks: a ground and an end in; what was certainly accepted out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from math import ceil
from random import Random
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from chaos.ground import Ground
from redress.demo.scenario import WAVES, Planned, plan
from schemas.codec import encode
from schemas.events import AgentReplied, ComplaintReceived, Customer, LifecycleEvent
from schemas.headers import cloudevents_headers
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_REQUESTS, SURVEY_RESPONSES
from services.runtime.kafka import Kafka
from services.runtime.partitioner import partition_of

COMPLAINTS_A_WAVE = 500
"""In 28 seconds."""
LINES_PER_REQUEST = 500
SENT_TWICE = 0.1
"""The share of bulk lines that a front-end sends again although they were accepted."""
BULK_EVERY_SECONDS = 0.25
STRAIGHT_EVERY_SECONDS = 0.5
POISON_EVERY_SECONDS = 1.0
TRY_AGAIN_SECONDS = 0.5
ANSWERED = 0.8
POISONED = (COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_RESPONSES)


@dataclass
class Sent:
    """``accepted`` are event ids by topic: intake's 202s, the brokers' acknowledgements. ``poison`` is bytes.

    ``pauses`` is how often a partition was given too much of it.
    """

    accepted: dict[str, set[str]] = field(
        default_factory=lambda: {COMPLAINT_EVENTS.name: set(), SURVEY_RESPONSES.name: set()}
    )
    by_intake: int = 0
    refused: int = 0
    poison: set[bytes] = field(default_factory=set)
    pauses: int = 0


class Load:
    """Complaints and events through intake, others straight into their topic, answers to surveys, and poison."""

    def __init__(self, ground: Ground, session: aiohttp.ClientSession, seed: int, seconds: float) -> None:
        self.sent = Sent()
        self._ground = ground
        self._kafka = Kafka(ground.direct)
        self._session = session
        self._seed = seed
        self._random = Random(seed)
        begin = datetime.now(UTC)
        self._ends_at = begin + timedelta(seconds=seconds)
        self._planned = [
            one
            for wave in range(ceil(seconds / len(WAVES)))
            for one in plan(COMPLAINTS_A_WAVE, seed * 1_000 + wave, begin + timedelta(seconds=wave * len(WAVES)))
        ]

    async def run(self) -> None:
        """Complaints, events and poison; return when all is accepted, however long that takes."""
        await asyncio.gather(self._through_intake(), self._straight(), self._poison())

    # -- through intake

    async def _through_intake(self) -> None:
        lines = _lines(self._planned)
        while lines:
            await asyncio.sleep(BULK_EVERY_SECONDS)
            due = [line for at, line in lines if at <= datetime.now(UTC)]
            lines = lines[len(due) :]
            for start in range(0, len(due), LINES_PER_REQUEST):
                await self._bulk(due[start : start + LINES_PER_REQUEST])

    async def _bulk(self, lines: Sequence[dict[str, Any]]) -> None:
        waiting = [*lines, *(line for line in lines if self._random.random() < SENT_TWICE)]
        while waiting:
            body = "".join(json.dumps(line) + "\n" for line in waiting).encode()
            answer = await self._post("/v1/bulk", body, "application/x-ndjson")
            results = [json.loads(line) for line in answer.splitlines()]
            accepted = {number for number, one in enumerate(results) if one.get("status") == HTTPStatus.ACCEPTED}
            for number in accepted:
                self._accept(COMPLAINT_EVENTS.name, results[number]["event_id"])
            if strange := [one for one in results if one.get("status") not in (202, 503)]:
                raise ValueError(f"intake refuses a line that is in order: {strange[0]}")
            waiting = [line for number, line in enumerate(waiting) if number not in accepted]
            if waiting:
                self.sent.refused += len(waiting)
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def answer_surveys(self) -> None:
        """For ever: each survey that a committed reader sees is answered by most customers."""
        async with self._kafka.reader() as reader, asyncio.TaskGroup() as group:
            reader.assign([TopicPartition(SURVEY_REQUESTS.name, number) for number in range(self._kafka.partitions)])
            while True:
                for records in (await reader.getmany(timeout_ms=200)).values():
                    for record in records:
                        if self._random.random() < ANSWERED:
                            survey = SURVEY_REQUESTS.codec.decode(record.value).survey_id
                            group.create_task(self._answer(survey, self._random.randint(1, 5)))

    async def _answer(self, survey: str, score: int) -> None:
        body = json.dumps({"score": score}).encode()
        receipt = json.loads(await self._post(f"/v1/surveys/{survey}/answers", body, "application/json"))
        self._accept(SURVEY_RESPONSES.name, receipt["event_id"])

    async def _post(self, path: str, body: bytes, media_type: str) -> bytes:
        """What intake answers once it does, and takes it."""
        url, key = self._ground.deployment.intake_url + path, derived_id(path, body.decode())
        headers = {"content-type": media_type, "idempotency-key": key}
        while True:
            try:
                async with self._session.post(url, data=body, headers=headers) as response:
                    answer = await response.read()
            except aiohttp.ClientError:  # intake was killed
                pass
            else:
                if response.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
                    return answer
                if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise ValueError(f"intake answers {response.status} to POST {path}: {answer.decode()}")
            self.sent.refused += 1
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    def _accept(self, topic: str, event_id: str) -> None:
        self.sent.by_intake += 1
        self.sent.accepted[topic].add(event_id)

    # -- past intake

    async def _straight(self) -> None:
        """A front-end of its own: complaints, and a reply to each, published by itself."""

        async def publish(number: int) -> None:
            for event in straight_events(self._seed, number):
                key = event.complaint_id.encode()
                home = partition_of(key, self._kafka.partitions)
                headers = cloudevents_headers(event, "/chaos", None)
                await self._publish(COMPLAINT_EVENTS.name, encode(event), key, home, headers)
                self.sent.accepted[COMPLAINT_EVENTS.name].add(event.event_id)

        await self._every(STRAIGHT_EVERY_SECONDS, publish)

    async def _poison(self) -> None:
        """Bytes that are no event, an event of no known type, and one under another's key; few and far between."""

        async def publish(number: int) -> None:
            topic = POISONED[number % len(POISONED)]
            partition = self._random.randrange(self._kafka.partitions)
            complaint, _ = straight_events(self._seed, -number - 1)
            value = (
                b"\xff poison %d of %d" % (number, self._seed),
                json.dumps({"type": "poison", "number": number, "seed": self._seed}).encode(),
                encode(complaint),
            )[self._random.randrange(3)]
            self.sent.poison.add(value)
            await self._publish(topic.name, value, b"poison", partition, [])

        await self._every(POISON_EVERY_SECONDS, publish)

    async def poison_in_a_row(self, topic: str, partition: int, records: int) -> None:
        """So many records that are no event, with nothing good between them."""
        async with AIOKafkaProducer(bootstrap_servers=self._kafka.client["bootstrap_servers"], acks="all") as producer:
            batch = producer.create_batch()
            for number in range(records):
                value = b"\xff poison %d in a row of %d" % (number, self._seed)
                batch.append(key=b"poison", value=value, timestamp=None)
                self.sent.poison.add(value)
            await (await producer.send_batch(batch, topic, partition=partition))
        self.sent.pauses += 1

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


def _lines(planned: Sequence[Planned]) -> list[tuple[datetime, dict[str, Any]]]:
    """Bulk lines with the instants at which they are sent, in order."""
    complaints = [(one.at, {"complaint": one.complaint, "idempotency_key": one.reference}) for one in planned]
    return sorted([*complaints, *(event for one in planned for event in one.events)], key=lambda line: line[0])


def straight_events(seed: int, number: int) -> tuple[LifecycleEvent, LifecycleEvent]:
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
