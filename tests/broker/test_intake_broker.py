"""Intake on a real Kafka that goes away, stands still or contradicts: a 202 is kept, a 503 comes quickly and passes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from uuid import uuid4

import aiohttp
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.topics import COMPLAINT_EVENTS
from services.intake import session
from services.intake.domain.refusals import RequestRefused
from services.intake.publisher import KafkaPublisher, Record
from services.registry import INTAKE
from tests.broker.reading import Reading

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

LINE = b'{"complaint":{"channel":"web","external_ref":"A-%d","customer":{"id":"c"},"subject":"","body":""}}\n'
QUICKLY_SECONDS = 2 * session.DELIVERY_SECONDS


class FrontEnd:
    """Posts complaints one after the other, each under a reference of its own, and remembers the answers."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.kept: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0
        self._session = session
        self._url = url

    async def post(self) -> int:
        complaint = {
            "channel": "web",
            "external_ref": str(uuid4()),
            "customer": {"id": "c"},
            "subject": "s",
            "body": "b",
        }
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with self._session.post(self._url + "/v1/complaints", json=complaint) as answer:
            self.slowest = max(self.slowest, loop.time() - begun)
            self.statuses[answer.status] += 1
            if answer.status == 202:
                self.kept.append((await answer.json())["event_id"])
            else:
                assert answer.content_type == "application/problem+json"
                assert int(answer.headers["Retry-After"]) >= 1
        return answer.status

    async def until(self, status: int) -> None:
        """Post until this is the answer."""
        async with asyncio.timeout(60):
            while await self.post() != status:
                await asyncio.sleep(0.02)

    async def keep_posting(self) -> None:
        while True:
            await self.post()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def front_end(url: str) -> AsyncIterator[FrontEnd]:
    async with aiohttp.ClientSession() as session:
        yield FrontEnd(session, url)


async def assert_all_are_found(front: FrontEnd, bootstrap: str) -> None:
    records = await Reading(bootstrap).to_the_end(COMPLAINT_EVENTS.name)
    events = [COMPLAINT_EVENTS.codec.decode(record.value) for record in records]
    assert set(front.kept) <= {event.event_id for event in events}
    for record, event in zip(records, events, strict=True):
        assert record.key.decode() == event.complaint_id
        assert record.timestamp == int(event.recorded_at.timestamp() * 1000)


async def readiness(admin: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://{admin}/readyz") as answer:
        return answer.status


async def test_ten_seconds_without_kafka_cost_no_accepted_complaint(deployment, own_kafka):
    await deployment.start(INTAKE)
    await deployment.wait_until_ready()
    async with front_end(deployment.intake_url) as front:
        posting = [asyncio.create_task(front.keep_posting()) for _ in range(8)]
        await front.until(202)
        own_kafka.kill()
        await front.until(503)
        assert await readiness(deployment.admin["intake"]) == 503
        await asyncio.sleep(10)
        await asyncio.to_thread(own_kafka.start)
        await front.until(202)
        await deployment.wait_until_ready()
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)
        assert set(front.statuses) == {202, 503}
        assert front.slowest < QUICKLY_SECONDS
        assert deployment.supervisor.restarts("intake") == 0
        await assert_all_are_found(front, own_kafka.bootstrap)


@pytest.mark.prove
async def test_intake_may_start_before_kafka_does(deployment, own_kafka):
    own_kafka.kill()
    await deployment.start(INTAKE)
    async with front_end(deployment.intake_url) as front:
        async with asyncio.timeout(60):
            while not front.statuses:
                try:
                    await front.until(503)
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        await asyncio.to_thread(own_kafka.start)
        await front.until(202)
        await assert_all_are_found(front, own_kafka.bootstrap)


@pytest.mark.prove
async def test_a_kafka_that_stands_still_is_given_up_and_what_was_refused_is_not_kept_back(deployment, own_kafka):
    await deployment.start(INTAKE)
    await deployment.wait_until_ready()
    async with front_end(deployment.intake_url) as front:
        await front.until(202)
        os.kill(own_kafka.pid, signal.SIGSTOP)
        try:
            statuses = await asyncio.gather(*(front.post() for _ in range(100)))
        finally:
            os.kill(own_kafka.pid, signal.SIGCONT)
        assert statuses == [503] * 100
        await front.until(202)
        await assert_all_are_found(front, own_kafka.bootstrap)
        records = await Reading(own_kafka.bootstrap).to_the_end(COMPLAINT_EVENTS.name)
        refused_and_kept = len(records) - front.statuses[202]
        assert refused_and_kept < 50, "only what was on the wire may still arrive"


@pytest.mark.prove
async def test_a_bulk_body_that_is_sent_while_kafka_goes_away_says_of_each_line_what_became_of_it(
    deployment, own_kafka
):
    await deployment.start(INTAKE)
    await deployment.wait_until_ready()
    numbers = count()

    def some(lines: int) -> bytes:
        return b"".join(LINE % next(numbers) for _ in range(lines))

    async def body() -> AsyncIterator[bytes]:
        yield some(500)
        await asyncio.to_thread(own_kafka.kill)
        returning = asyncio.create_task(asyncio.to_thread(own_kafka.start))
        while not returning.done() or await readiness(deployment.admin["intake"]) != 200:
            yield some(10)
            await asyncio.sleep(0.1)
        yield some(500)

    async with aiohttp.ClientSession() as session:
        headers = {"content-type": "application/x-ndjson"}
        async with session.post(deployment.intake_url + "/v1/bulk", data=body(), headers=headers) as answer:
            results = [json.loads(line) async for line in answer.content]
    assert [result["line"] for result in results] == list(range(1, next(numbers) + 1))
    assert {result["status"] for result in results} == {202, 503}
    assert {result["status"] for result in results[-500:]} == {202}
    records = await Reading(own_kafka.bootstrap).to_the_end(COMPLAINT_EVENTS.name)
    found = {COMPLAINT_EVENTS.codec.decode(record.value).event_id for record in records}
    assert {result["event_id"] for result in results if result["status"] == 202} <= found


@asynccontextmanager
async def publishing(bootstrap: str, topic: str) -> AsyncIterator[KafkaPublisher]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=4, replication_factor=1)])
    await admin.close()
    running = KafkaPublisher({"bootstrap_servers": [bootstrap]}, [topic], 4)
    task = asyncio.create_task(running.run())
    await until_ready(running)
    yield running
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until_ready(running: KafkaPublisher) -> None:
    async with asyncio.timeout(60):
        while not running.ready:
            await asyncio.sleep(0.05)


async def test_a_producer_whose_sequence_the_broker_refuses_is_replaced(kafka):
    topic = f"intake-sequence-{uuid4()}"
    record = Record(topic, b"key", b"value", 1_700_000_000_000, [])
    async with publishing(kafka, topic) as running:
        await running.publish(record)
        for partition in range(4):
            running._session.producer._txn_manager.increment_sequence_number(TopicPartition(topic, partition), 7)
        with pytest.raises(RequestRefused, match="kafka_away"):
            await running.publish(record)
        await until_ready(running)
        await running.publish(record)
        assert await (await running.publish_all([record] * 3)) == [True] * 3
    assert len(await Reading(kafka).to_the_end(topic)) == 5


async def test_records_of_one_key_stand_in_the_order_in_which_they_were_handed_on(kafka, monkeypatch):
    monkeypatch.setattr(session, "BATCH_BYTES", 2_000)
    topic = f"intake-order-{uuid4()}"
    async with publishing(kafka, topic) as running:
        windows = [
            [Record(topic, b"key-%d" % (n % 7), b"%06d" % n, 1_700_000_000_000, []) for n in range(start, start + 200)]
            for start in range(0, 2_000, 200)
        ]
        answers = [await running.publish_all(window) for window in windows]
        assert all([all(await answer) for answer in answers])
    by_key: dict[bytes, list[bytes]] = {}
    for record in await Reading(kafka).to_the_end(topic):
        by_key.setdefault(record.key, []).append(record.value)
    assert sum(map(len, by_key.values())) == 2_000
    assert all(values == sorted(values) for values in by_key.values())


async def test_posts_that_wait_together_share_batches_and_stand_in_their_order(kafka, monkeypatch):
    topic = f"intake-together-{uuid4()}"
    sent = []
    send_batch = AIOKafkaProducer.send_batch

    async def note(self, batch, *place, **named):
        sent.append(batch.record_count())
        return await send_batch(self, batch, *place, **named)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", note)
    async with publishing(kafka, topic) as running:
        records = [Record(topic, b"key-%d" % (n % 7), b"%06d" % n, 1_700_000_000_000, []) for n in range(500)]
        await asyncio.gather(*map(running.publish, records))
    assert sum(sent) == 500
    assert len(sent) <= 4, "one batch for each partition"
    by_key: dict[bytes, list[bytes]] = {}
    for record in await Reading(kafka).to_the_end(topic):
        by_key.setdefault(record.key, []).append(record.value)
    assert sum(map(len, by_key.values())) == 500
    assert all(values == sorted(values) for values in by_key.values())
