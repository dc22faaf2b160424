"""The examples, run as a consumer would run them, on a real Kafka."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from schemas.codec import encode
from schemas.ids import derived_id
from schemas.topics import SLA_ALERTS
from tests.broker.reading import PARTITIONS, admin_of
from tests.schemas.view_records import alert, item, stop, withdrawal

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

REPOSITORY = Path(__file__).parents[2]
PREFIX = "examples-"
TOPIC = PREFIX + SLA_ALERTS.name
QUEUE = PREFIX + "queue-billing"


@pytest_asyncio.fixture
async def bootstrap(kafka: str) -> AsyncIterator[str]:
    """The shared Kafka with an empty topic of this test's own, which a prefix makes possible."""
    async with admin_of(kafka) as admin:
        await admin.create_topics(
            [NewTopic(name, num_partitions=PARTITIONS, replication_factor=1) for name in (TOPIC, QUEUE)]
        )
        yield kafka
        await admin.delete_topics([TOPIC, QUEUE])


async def publish(producer: AIOKafkaProducer, *events) -> None:
    for event in events:
        await producer.send_and_wait(TOPIC, encode(event), key=event.complaint_id.encode())


async def run(example: str, *arguments: str, **environment: str) -> list[str]:
    """The lines that it prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, REPOSITORY / "examples" / example, *arguments,
        env={**inherited, "PYTHONPATH": str(REPOSITORY), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, messages = await process.communicate()
    assert process.returncode == 0, messages.decode()
    return output.decode().splitlines()


async def test_the_standing_alerts_are_printed_and_no_withdrawn_or_uncommitted_one(bootstrap):
    assert await run("standing_alerts.py", REDRESS_KAFKA=bootstrap, REDRESS_PREFIX=PREFIX) == []

    async with AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="examples") as producer:
        async with producer.transaction():
            await publish(producer, alert(80), alert(100), alert(80, complaint="two"), alert(100, complaint="two"))
            await publish(producer, stop(80, 100), withdrawal(100, 2, complaint="two"))
        await producer.begin_transaction()
        await publish(producer, alert(100, complaint="three"))
        await producer.abort_transaction()

    printed = await run("standing_alerts.py", REDRESS_KAFKA=bootstrap, REDRESS_PREFIX=PREFIX)
    assert sorted(printed) == sorted(
        [
            f"{derived_id('one')} sla_warning resolution due 2026-11-02T13:00:00+00:00 stopped",
            f"{derived_id('one')} sla_breached resolution due 2026-11-02T13:00:00+00:00 stopped",
            f"{derived_id('two')} sla_warning resolution due 2026-11-02T13:00:00+00:00 open",
        ]
    )


async def test_who_waits_in_a_queue_is_printed_most_urgent_first_and_nobody_who_left(bootstrap):
    urgent = item("urgent").model_copy(update={"priority": 9})
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for one in (item("waits"), urgent, item("taken", "assigned"), item("gone")):
            await producer.send_and_wait(QUEUE, encode(one), key=one.complaint_id.encode())
        await producer.send_and_wait(QUEUE, None, key=derived_id("gone").encode())
    printed = await run("queue_contents.py", "billing", REDRESS_KAFKA=bootstrap, REDRESS_PREFIX=PREFIX)
    assert printed == [
        f"{derived_id('urgent')} priority 9 since 2026-11-02T12:00:00+00:00",
        f"{derived_id('waits')} priority 1 since 2026-11-02T12:00:00+00:00",
    ]
