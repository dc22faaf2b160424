"""Drives the trap worker on a real Kafka: its topics, its orders, its processes and what a committed reader sees."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from redress.broker import ports
from redress.broker.node import LOOPBACK
from redress.supervisor.program import Program
from redress.supervisor.supervisor import Supervisor
from schemas.codec import encode
from schemas.events import AgentReplied
from schemas.ids import derived_id
from schemas.topics import Topic
from services.runtime.partitioner import partition_of
from services.runtime.table import HEADER_SIZE
from tests.broker.reading import PARTITIONS, PATIENCE_SECONDS, Reading
from tests.broker.trap_worker import CHANGELOG, NAME, ORDERS, SOURCES, TOPICS, Row

GROUP = f"redress-{NAME}"


class Trapped:
    """A cluster with the trap's topics, and as many of its workers as a test starts."""

    def __init__(self, bootstrap: str, producer: AIOKafkaProducer, supervisor: Supervisor, output: list[str]) -> None:
        self.bootstrap = bootstrap
        self.supervisor = supervisor
        self.output = output
        self.admin: dict[str, str] = {}
        self._producer = producer
        self._reading = Reading(bootstrap)

    async def order(self, complaint: str, order: str, *, number: int = 0) -> AgentReplied:
        """Write one order, acknowledged."""
        event = order_event(complaint, order, number)
        await self._producer.send_and_wait(ORDERS.name, encode(event), key=event.complaint_id.encode())
        return event

    async def order_many(self, orders: Iterable[AgentReplied], topic: Topic[Any] = ORDERS) -> None:
        """Write orders, in their order, all acknowledged."""
        sent = [
            await self._producer.send(topic.name, encode(order), key=order.complaint_id.encode()) for order in orders
        ]
        await asyncio.gather(*sent)

    async def put_bytes(self, value: bytes, key: bytes = b"raw", partition: int | None = None) -> None:
        """Write anything at all."""
        await self._producer.send_and_wait(ORDERS.name, value, key=key, partition=partition)

    async def start(self, name: str = "trap-1", *, sources: int = 1, row_format: int = 1, **constants: int) -> None:
        """Start a worker; ``committer__RECORDS_AHEAD=1`` sets that constant of the runtime."""
        self.admin[name] = f"{LOOPBACK}:{ports.choose(1)[0]}"
        environment = {
            **os.environ,
            "REDRESS_KAFKA": self.bootstrap,
            "REDRESS_LOG": "json",
            "REDRESS_ADMIN": self.admin[name],
            "REDRESS_TRAP_SOURCES": str(sources),
            "REDRESS_TRAP_FORMAT": str(row_format),
            "REDRESS_TRAP_CONSTANTS": json.dumps({key.replace("__", "."): value for key, value in constants.items()}),
        }
        arguments = (sys.executable, "-m", "tests.broker.trap_worker")
        await self.supervisor.start(Program(name, arguments, environment))

    async def partitions(self, name: str) -> list[int] | None:
        """The numbers that a worker owns and does its work on; None while it is not ready."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"http://{self.admin[name]}/readyz") as answer:
                facts = await answer.json()
        except aiohttp.ClientError:
            return None
        owned: list[int] = facts["partitions"]
        return owned if facts["ready"] else None

    async def until_shared(self, *names: str) -> dict[str, list[int]]:
        """Return once these workers are ready and own all partitions between them: which of them owns what."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                shares = {name: await self.partitions(name) for name in names}
                owned = {name: share for name, share in shares.items() if share is not None}
                if len(owned) == len(names) and sorted(chain(*owned.values())) == list(range(PARTITIONS)):
                    return owned
                await asyncio.sleep(0.1)

    async def rows(self) -> dict[str, Row]:
        """The table as the changelog has it, by complaint id."""
        rows: dict[str, Row] = {}
        for record in await self.read_to_the_end(CHANGELOG):
            key, row = record.key.decode(), record.value
            if row is None:
                rows.pop(key, None)
            elif not key.startswith("\0"):
                rows[key] = Row.of(row[HEADER_SIZE:])
        return rows

    async def read(self, topic: str, until: Callable[[list[ConsumerRecord]], bool]) -> list[ConsumerRecord]:
        """All records of a topic from its start, once ``until`` holds of them."""
        return await self._reading.until(topic, until)

    async def read_to_the_end(self, topic: str) -> list[ConsumerRecord]:
        """All records of a topic that are committed now."""
        return await self._reading.to_the_end(topic)

    async def committed(self) -> dict[TopicPartition, int]:
        """The group's offsets."""
        return await self._reading.committed(GROUP)

    async def until_everything_is_committed(self, sources: int = 1) -> None:
        """Return once the group's offsets are the ends of the orders."""
        await self._reading.until_committed_to_the_end(GROUP, [topic.name for topic in SOURCES[:sources]])

    async def until_said(self, text: str) -> None:
        """Return once a worker has printed ``text``."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(text in line for line in self.output):
                await asyncio.sleep(0.05)


@asynccontextmanager
async def trapped(bootstrap: str, *, replication: int = 1) -> AsyncIterator[Trapped]:
    """Make the trap's topics on an empty cluster; end its workers with the block."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, replication) for name in TOPICS])
    finally:
        await admin.close()
    output: list[str] = []

    def tell(name: str, line: str) -> None:
        output.append(line)
        print(f"{name} | {line}")  # noqa: T201 - pytest shows it with a failure

    async with AsyncExitStack() as stack:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        stack.push_async_callback(producer.stop)
        supervisor = await stack.enter_async_context(Supervisor(tell))
        yield Trapped(bootstrap, producer, supervisor, output)


def order_event(complaint: str, order: str, number: int = 0) -> AgentReplied:
    """One order for a complaint; ``number`` tells orders of one complaint apart."""
    now = datetime.now(UTC)
    return AgentReplied(
        event_id=derived_id(complaint, order, str(number)),
        complaint_id=complaint_id(complaint),
        occurred_at=now,
        recorded_at=now,
        agent_id=order,
    )


def complaint_id(complaint: str) -> str:
    """The id of a complaint that a test calls by a name."""
    return derived_id("trap", complaint)


def home(complaint: str) -> int:
    """The partition of a complaint."""
    return partition_of(complaint_id(complaint).encode(), PARTITIONS)


def results(records: list[ConsumerRecord]) -> list[Any]:
    """The events in records of the results."""
    return [ORDERS.codec.decode(record.value) for record in records]
