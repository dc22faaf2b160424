"""The trap's worker within a test's process, without its consumer: its tasks, told what the group would tell them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.runtime.faust.committed_offsets import connected
from services.runtime.kafka import Kafka
from services.runtime.names import new_transactional_id
from services.runtime.takeover import Takeover
from services.runtime.tasks import Tasks
from services.runtime.transaction import KafkaTransactions
from tests.broker.reading import PATIENCE_SECONDS
from tests.broker.trap_worker import NAME, TrapSettings, build


@asynccontextmanager
async def worker_in_process(bootstrap: str) -> AsyncIterator[Tasks]:
    """Tasks that commit as nobody in particular, which the coordinator lets an empty group do."""
    settings = TrapSettings(kafka=bootstrap)
    kafka, application = Kafka(settings), build(settings)
    writer = new_transactional_id(NAME)
    async with connected(kafka.client) as offsets, kafka.transactional_producer(writer) as producer:
        transactions = KafkaTransactions(producer, writer=writer, group=application.group, prefix="")
        yield Tasks(application, kafka, {}, Takeover(offsets, application.group, print), transactions)


async def until_ready(tasks: Tasks) -> None:
    """Return once every partition is recovered."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not tasks.ready:
            await asyncio.sleep(0.01)
