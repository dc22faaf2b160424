"""What keeps two owners of a partition apart: membership in the group, stable offsets, whole changelogs."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from redress.supervisor.supervisor import WrongConfiguration
from services.runtime.faust.membership import NOBODY
from services.runtime.record_batch import RecordBatch
from services.runtime.table import HEADER, NEVER
from services.runtime.takeover import Takeover
from tests.broker.in_process import until_ready, worker_in_process
from tests.broker.reading import PATIENCE_SECONDS
from tests.broker.trap import GROUP, complaint_id, home, order_event, results, trapped
from tests.broker.trap_worker import CHANGELOG, ORDERS, RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


@pytest.mark.prove
async def test_a_reminder_that_a_sleeping_worker_and_its_heir_both_find_due_is_given_once(trap):
    await trap.start("sleeper")
    await trap.order("c", "put")
    await trap.order("c", "remind")
    await trap.read(RESULTS.name, lambda records: len(records) == 2)
    trap.supervisor.kill("sleeper", signal.SIGSTOP)
    await trap.start("heir")
    await trap.read(RESULTS.name, lambda records: len(records) == 3)
    trap.supervisor.kill("sleeper", signal.SIGCONT)
    await trap.until_shared("sleeper", "heir")
    await trap.order("c", "tell", number=1)
    await trap.until_everything_is_committed()
    said = Counter(event.agent_id for event in results(await trap.read_to_the_end(RESULTS.name)))
    assert said["reminded"] == 1


async def test_rows_that_come_to_be_seen_after_their_offsets_are_waited_for(own_kafka, trap, monkeypatch):
    waiting = asyncio.Event()

    async def notice(takeover, sources):
        waiting.set()

    monkeypatch.setattr(Takeover, "fence_absent", notice)
    key, row = complaint_id("c").encode(), Row(puts=7)
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap, transactional_id="before") as before:
        await before.begin_transaction()
        stored = HEADER.pack(NEVER) + row.body(1)
        await before.send_and_wait(CHANGELOG, stored, key, partition=home("c"))
        source = TopicPartition(ORDERS.name, home("c"))
        # As where markers reach the group's offsets first: they are there, and the rows are not yet to be seen.
        async with worker_in_process(own_kafka.bootstrap) as tasks:
            async with AIOKafkaConsumer(bootstrap_servers=own_kafka.bootstrap, group_id=GROUP) as consumer:
                consumer.assign([source])
                await consumer.commit({source: 0})
            await tasks.assign([source], NOBODY)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await waiting.wait()
            assert not tasks.ready
            await before.commit_transaction()
            await until_ready(tasks)
            await tasks.close()
    await trap.start()
    await trap.order("c", "tell")
    (told,) = results(await trap.read(RESULTS.name, lambda records: len(records) == 1))
    assert told.personal.note == "7"


async def test_a_partition_whose_offsets_another_committed_meanwhile_is_recovered_anew(own_kafka, trap):
    source = TopicPartition(ORDERS.name, home("c"))
    async with worker_in_process(own_kafka.bootstrap) as first, worker_in_process(own_kafka.bootstrap) as second:
        await first.assign([source], NOBODY)
        await until_ready(first)
        await first.suspend()
        await second.assign([source], NOBODY)
        await until_ready(second)
        await trap.order("c", "put")
        (record,) = await trap.read(ORDERS.name, lambda records: len(records) == 1)
        await second.process([batch_of(source, record)])
        await second.suspend()
        await first.assign([source], NOBODY)
        await until_ready(first)
        assert first.positions() == {source: 1}
        await trap.order("c", "put", number=1)
        records = await trap.read(ORDERS.name, lambda records: len(records) == 2)
        await first.process([batch_of(source, records[1])])
        await first.close()
    assert await trap.rows() == {complaint_id("c"): Row(puts=2)}


def batch_of(source: TopicPartition, record: ConsumerRecord) -> RecordBatch:
    """One record as one batch."""
    return RecordBatch(source, [record], record.offset, record.offset + 1)


async def test_a_partition_that_stays_keeps_its_rows_in_memory_through_a_rebalance(own_kafka, trap, monkeypatch):
    source = TopicPartition(ORDERS.name, home("c"))
    async with worker_in_process(own_kafka.bootstrap) as tasks:
        await tasks.assign([source], NOBODY)
        await until_ready(tasks)
        task = tasks._tasks[source.partition]
        tables = [stage.table for stage in task.stages]
        await tasks.suspend()
        assert tasks.positions() == {}
        await tasks.assign([source], NOBODY)
        await until_ready(tasks)
        assert [stage.table for stage in task.stages] == tables
        assert all(kept is before for kept, before in zip((one.table for one in task.stages), tables, strict=True))


async def test_a_worker_beside_others_that_commit_in_another_way_ends_with_2_and_says_so(own_kafka):
    with pytest.RaisesGroup(WrongConfiguration, allow_unwrapped=True) as refused:
        async with (
            trapped(own_kafka.bootstrap) as trap,
            AIOKafkaConsumer(ORDERS.name, bootstrap_servers=own_kafka.bootstrap, group_id=GROUP) as other,
        ):
            while not other.assignment():
                await other.getmany(timeout_ms=100)
            await trap.start()
            await trap.until_said("refuses its configuration")
    assert "workers of another release run in redress-trap (roundrobin): stop all of them" in str(refused.value)


@pytest.mark.prove
async def test_a_killed_workers_partitions_go_on_within_twice_its_session_though_it_left_a_transaction_open(trap):
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(8_000)]
    await trap.start("killed")
    await trap.until_shared("killed")
    await trap.order_many(orders[:4_000])
    await trap.read(RESULTS.name, lambda records: len(records) >= 500)
    trap.supervisor.kill("killed", signal.SIGSTOP)
    await trap.start("heir")
    await trap.order_many(orders[4_000:])
    async with asyncio.timeout(40):
        await trap.read(RESULTS.name, lambda records: len(records) >= 8_000)
    trap.supervisor.kill("killed", signal.SIGKILL)
    done = results(await trap.read_to_the_end(RESULTS.name))
    assert len(done) == len({event.event_id for event in done}) == 8_000
