"""An operator at a shell: `redress` against one deployment, and the records that operators have to deal with."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer

from redress.deployment import Deployment
from schemas.codec import encode
from schemas.complaint import Customer
from schemas.events import ComplaintReceived
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS
from services.registry import ROUTER
from services.runtime.partitioner import partition_of
from tests.broker.reading import PARTITIONS, PATIENCE_SECONDS

POISON = b'{"from": "Erika Mustermann'


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its NDJSON."""
        return [json.loads(line) for line in self.out.splitlines()]


class Operator:
    """Writes complaints and poison into partitions of complaint-events, runs commands, and looks at readiness."""

    def __init__(self, deployment: Deployment, producer: AIOKafkaProducer) -> None:
        self._deployment = deployment
        self._producer = producer
        self._numbers = count()

    async def complaints(self, partition: int, number: int = 1, *, misrouted: bool = False) -> list[str]:
        """Publish complaints that belong into one partition (into the next one, when misrouted); their ids."""
        ids: list[str] = []
        while len(ids) < number:
            complaint_id = derived_id("operator's test", str(next(self._numbers)))
            if partition_of(complaint_id.encode(), PARTITIONS) == partition:
                await self._put(
                    (partition + misrouted) % PARTITIONS, encode(received(complaint_id)), complaint_id.encode()
                )
                ids.append(complaint_id)
        return ids

    async def under_wrong_keys(self, partition: int, number: int) -> None:
        """Publish complaints as a producer does that puts something else into the key."""
        for _ in range(number):
            complaint_id = derived_id("operator's test", str(next(self._numbers)))
            await self._put(partition, encode(received(complaint_id)), b"web")

    async def poison(self, partition: int, number: int = 1) -> None:
        """Publish what is no event, without a key."""
        for _ in range(number):
            await self._put(partition, POISON, None)

    async def redress(self, *arguments: str) -> Answer:
        """Run a command."""
        settings = self._deployment.settings
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from redress.cli import main; main()", *arguments),
            env={**os.environ, "REDRESS_KAFKA": settings.kafka, "REDRESS_HOME": str(settings.home)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            out, err = await process.communicate()
        return Answer(process.returncode or 0, out.decode(), err.decode())

    async def allow(self, partition: int, until: int) -> Answer:
        """`redress dlq allow` for the router."""
        place = ["--partition", str(partition), "--until", str(until)]
        return await self.redress("dlq", "allow", COMPLAINT_EVENTS.name, "--group", "redress-router", *place)

    async def set_offset(self, partition: int, to: str) -> Answer:
        """`redress offsets set` for the router."""
        place = ["--partition", str(partition), "--to", to]
        return await self.redress("offsets", "set", COMPLAINT_EVENTS.name, "--group", "redress-router", *place)

    async def until_ready(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Return once the router's /readyz says what is wanted of it."""
        url = f"http://{self._deployment.admin[ROUTER.name]}/readyz"
        async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(url) as answer:
                        if holds(await answer.json()):
                            return
                except aiohttp.ClientConnectionError:
                    pass  # it is being started again
                await asyncio.sleep(0.1)

    async def _put(self, partition: int, value: bytes, key: bytes | None) -> None:
        await self._producer.send_and_wait(COMPLAINT_EVENTS.name, value, key=key, partition=partition)


@asynccontextmanager
async def operating(deployment: Deployment) -> AsyncIterator[Operator]:
    """Open for the length of the block."""
    async with AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, acks="all", linger_ms=0) as producer:
        yield Operator(deployment, producer)


def received(complaint_id: str) -> ComplaintReceived:
    """A complaint."""
    now = datetime.now(UTC)
    return ComplaintReceived(
        event_id=derived_id(complaint_id, "received"),
        complaint_id=complaint_id,
        occurred_at=now,
        recorded_at=now,
        channel="web",
        customer=Customer(id="c-1"),
        personal={"subject": "Charged twice", "body": "Twice on my card."},
    )
