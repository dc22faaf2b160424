"""Three brokers of which one or all fail in mid-transaction: transactions end whole or not at all, and work goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.client import AIOKafkaClient, CoordinationType

from redress.broker import LocalCluster
from tests.broker.reading import PARTITIONS
from tests.broker.trap import GROUP, complaint_id, order_event, results, trapped
from tests.broker.trap_worker import RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path) as running:
        yield running


async def coordinators(bootstrap: str) -> tuple[int, int]:
    """The brokers that coordinate the transactions of partition 0, and the group."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        return (
            await client.coordinator_lookup(CoordinationType.TRANSACTION, f"{GROUP}-0"),
            await client.coordinator_lookup(CoordinationType.GROUP, GROUP),
        )
    finally:
        await client.close()


async def test_coordinators_that_fail_and_a_cluster_that_restarts_in_mid_transaction_lose_and_double_nothing(cluster):
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(12_000)]
    batch = len(orders) // 3
    async with trapped(cluster.direct, replication=3) as trap:
        await trap.start("trap-1")
        await trap.start("trap-2")
        await trap.until_shared("trap-1", "trap-2")
        for round_ in range(3):
            sending = asyncio.create_task(trap.order_many(orders[round_ * batch : (round_ + 1) * batch]))
            least = round_ * batch + 500
            await trap.read(RESULTS.name, lambda records, least=least: len(records) >= least)
            failing = (await coordinators(cluster.direct))[round_ : round_ + 1]  # none is named: all of them
            await asyncio.to_thread(cluster.kill, *failing)
            await asyncio.to_thread(cluster.start, *failing)
            await sending
        await trap.until_everything_is_committed()
        assert sum(map(len, (await trap.until_shared("trap-1", "trap-2")).values())) == PARTITIONS
        done = results(await trap.read_to_the_end(RESULTS.name))
        assert len(done) == len({event.event_id for event in done}) == len(orders)
        assert await trap.rows() == {complaint_id(f"c{number}"): Row(puts=120) for number in range(100)}
