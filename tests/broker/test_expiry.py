"""What Kafka ends by itself: a transaction that stands open too long, a transactional id that nobody used for long."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.broker.reading import PARTITIONS
from tests.broker.special_kafka import kafka_with
from tests.broker.trap import GROUP, Trapped, complaint_id, order_event, results, trapped
from tests.broker.trap_worker import RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio]

OPEN_MS = 3_000
FORGOTTEN_MS = 2_000


@pytest.fixture
def impatient_kafka(tmp_path: Path) -> Iterator[str]:
    """One that looks every half second for what has expired."""
    with kafka_with(
        tmp_path,
        {
            "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
            "transactional.id.expiration.ms": FORGOTTEN_MS,
            "transaction.remove.expired.transaction.cleanup.interval.ms": 500,
        },
    ) as bootstrap:
        yield bootstrap


@pytest_asyncio.fixture
async def trap(impatient_kafka: str) -> AsyncIterator[Trapped]:
    async with trapped(impatient_kafka) as driver:
        yield driver


async def open_transactions(bootstrap: str) -> bool:
    """Whether a transaction stands open: there is more in the results than a committed reader may see."""
    topic_partitions = [TopicPartition(RESULTS.name, partition) for partition in range(PARTITIONS)]
    ends = []
    for level in ("read_uncommitted", "read_committed"):
        async with AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level=level) as reader:
            ends.append(await reader.end_offsets(topic_partitions))
    return ends[0] != ends[1]


async def stop_in_mid_transaction(trap: Trapped, name: str) -> None:
    """SIGSTOP a worker while a transaction of its stands open."""
    async with asyncio.timeout(60):
        while True:
            trap.supervisor.kill(name, signal.SIGSTOP)
            if await open_transactions(trap.bootstrap):
                return
            trap.supervisor.kill(name, signal.SIGCONT)
            await asyncio.sleep(0.01)


async def test_a_worker_whose_transaction_expired_while_it_stood_ends_itself_and_does_that_work_again(trap):
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(20_000)]
    await trap.start("worker", kafka__TRANSACTION_TIMEOUT_MS=OPEN_MS, faust__consumer__BATCH_RECORDS=100)
    await trap.until_shared("worker")
    await trap.order_many(orders)
    await stop_in_mid_transaction(trap, "worker")
    async with asyncio.timeout(60):
        while await open_transactions(trap.bootstrap):
            await asyncio.sleep(0.1)
    done_before = len(await trap.read_to_the_end(RESULTS.name))
    assert done_before < len(orders)
    trap.supervisor.kill("worker", signal.SIGCONT)
    await trap.until_said("fail-stop")
    await trap.until_said("failed with exit code 70")
    await trap.until_everything_is_committed()
    done = results(await trap.read_to_the_end(RESULTS.name))
    assert len(done) == len({event.event_id for event in done}) == len(orders)
    assert await trap.rows() == {complaint_id(f"c{number}"): Row(puts=200) for number in range(100)}


async def test_an_idle_worker_whose_transactional_id_is_forgotten_ends_itself_at_the_next_record_and_goes_on(trap):
    await trap.start("worker")
    await trap.until_shared("worker")
    await trap.order("before", "put")
    await trap.until_everything_is_committed()
    await trap.read(
        "__transaction_state",
        lambda records: any(record.value is None and GROUP.encode() in record.key for record in records),
    )
    await trap.order("after", "put")
    await trap.until_everything_is_committed()
    done = results(await trap.read_to_the_end(RESULTS.name))
    assert sorted(event.complaint_id for event in done) == sorted([complaint_id("before"), complaint_id("after")])
    assert any("InvalidProducerIdMapping" in line for line in trap.output)
