"""More bad records in a row than a group bears: one partition alone pauses, and goes on when an operator says so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

import aiohttp
from aiokafka import TopicPartition

from chaos.direct_publisher import DirectPublisher
from chaos.system_under_test import SystemUnderTest
from redress.operating.commanding import allow
from redress.reading import GROUPS
from schemas.topics import COMPLAINT_EVENTS
from services.runtime.dead_letter_limit import RUN_LIMIT
from services.runtime.kafka import Kafka

BEHIND = 20
"""Records that wait until the partition goes on."""
LOOK_AGAIN_SECONDS = 0.5
PATIENCE_SECONDS = 120.0


async def pause_and_allow(made: SystemUnderTest, publisher: DirectPublisher, partition: int) -> set[str]:
    """Pass the limit in one partition of complaint-events, see all three groups pause there, and let them go on.

    Returns what else was paused. Raises TimeoutError when a group does not pause.
    """
    topic_partition = TopicPartition(COMPLAINT_EVENTS.name, partition)
    await publisher.poison_in_a_row(topic_partition.topic, partition, RUN_LIMIT + BEHIND)
    name = f"{topic_partition.topic}-{partition}"
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as session:
        while True:
            paused = await _paused(session, made.deployment.admin.values())
            if paused[name] == len(GROUPS):
                break
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
    kafka = Kafka(made.direct)
    async with kafka.reader() as reader:
        until = (await reader.end_offsets([topic_partition]))[topic_partition]
    for group in GROUPS.values():
        await allow(kafka, group, topic_partition, until)
    await made.deployment.wait_until_ready()
    return paused.keys() - {name}


async def _paused(session: aiohttp.ClientSession, addresses: Iterable[str]) -> Counter[str]:
    """How many processes say of a partition that it is paused."""
    paused = Counter[str]()
    for address in addresses:
        with suppress(aiohttp.ClientError):  # it is starting
            async with session.get(f"http://{address}/readyz") as answer:
                paused.update((await answer.json()).get("paused", ()))
    return paused
