"""What reports read of the topics on a real Kafka: to their end, what is committed, and not before services did."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from redress import reading
from redress.reading import StandsStill, read_to_end, wait_until_read
from redress.topics import apply_topics
from schemas.codec import encode
from schemas.events import ComplaintClosed
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS
from services.registry import ROUTER
from services.runtime.dead_letter_limit import RUN_LIMIT
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings
from tests.broker.operators import operating

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


def closed(number: int) -> ComplaintClosed:
    now = datetime.now(UTC)
    return ComplaintClosed(
        event_id=derived_id("closed", str(number)), complaint_id=derived_id("c"), occurred_at=now, recorded_at=now
    )


async def test_reports_hold_what_is_committed_and_wait_for_the_services(own_kafka, monkeypatch):
    settings = RuntimeSettings(kafka=own_kafka.bootstrap)
    await apply_topics(settings)
    kafka = Kafka(settings)
    said = []

    await wait_until_read(kafka, said.append)
    assert [event async for _, event in read_to_end(kafka, [COMPLAINT_EVENTS])] == []

    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap, transactional_id="t") as producer:
        for number in range(3):
            async with producer.transaction():
                await producer.send(COMPLAINT_EVENTS.name, encode(closed(number)), key=derived_id("c").encode())
        await producer.begin_transaction()
        await producer.send_and_wait(COMPLAINT_EVENTS.name, encode(closed(9)), key=derived_id("c").encode())
        await producer.abort_transaction()
    read = [(topic, event.event_id) async for topic, event in read_to_end(kafka, [COMPLAINT_EVENTS])]
    assert read == [(COMPLAINT_EVENTS, closed(number).event_id) for number in range(3)]

    monkeypatch.setattr(reading, "STILL_SECONDS", 0)
    with pytest.raises(StandsStill, match="router, sla_monitor, feedback"):
        await wait_until_read(kafka, said.append)
    assert "router has" in said[-1]


async def test_a_report_names_a_paused_partition_and_the_command_that_lets_it_go_on(deployment, monkeypatch):
    monkeypatch.setattr(reading, "PAUSED_SECONDS", 0)
    kafka = Kafka(deployment.settings)
    async with operating(deployment) as operator:
        await operator.poison(1, RUN_LIMIT + 5)
        await deployment.start(ROUTER)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-1"])
        with pytest.raises(StandsStill) as still:
            await wait_until_read(kafka, lambda _: None)
        (command,) = re.findall(r"`redress (dlq allow [^`]*)`", str(still.value))
        assert command == f"dlq allow complaint-events --group redress-router --partition 1 --until {RUN_LIMIT}"
        assert (await operator.redress(*command.split())).rows[0]["outcome"] == "allowed"
        await operator.until_ready(lambda says: says["ready"])

        monkeypatch.setattr(reading, "STILL_SECONDS", 0)
        with pytest.raises(StandsStill, match="has not moved"):
            await wait_until_read(kafka, lambda _: None)
