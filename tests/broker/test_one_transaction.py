"""Everything that meets in one transaction: two sources, timers beside records, an agent behind, cancelled work."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiokafka import TopicPartition

from schemas.ids import derived_id
from services.runtime import committer
from services.runtime import fail_stop as runtime_fail_stop
from services.runtime.faust.membership import NOBODY
from services.runtime.record_batch import RecordBatch
from tests.broker.in_process import until_ready, worker_in_process
from tests.broker.trap import complaint_id, home, order_event, results
from tests.broker.trap_worker import MORE_ORDERS, ORDERS, RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


@pytest.mark.prove
async def test_two_sources_and_timers_of_killed_workers_come_to_the_fold_of_both_with_every_effect_once(trap):
    rounds, complaints = 4, [f"c{number}" for number in range(1_000)]
    for name in ("trap-1", "trap-2"):
        await trap.start(name, sources=2)
    await trap.until_shared("trap-1", "trap-2")
    orders = []
    for round_ in range(rounds):
        puts = [order_event(complaint, "put", number=round_) for complaint in complaints]
        others = [order_event(complaint, "put", number=rounds + round_) for complaint in complaints]
        reminds = [order_event(complaint, "remind", number=round_) for complaint in complaints[round_::rounds]]
        orders += [*puts, *others, *reminds]
        await trap.order_many([*puts, *reminds])
        await trap.order_many(others, MORE_ORDERS)
        # Killed when its first reminders are given, while others are due and records are waiting.
        await trap.read(RESULTS.name, lambda records, least=250 * round_ + 1: len(reminded(records)) >= least)
        trap.supervisor.kill(f"trap-{round_ % 2 + 1}")
    await trap.read(RESULTS.name, lambda records: len(reminded(records)) >= len(complaints))
    await trap.until_everything_is_committed(sources=2)
    records = await trap.read_to_the_end(RESULTS.name)
    happened = Counter(event.event_id for event in results(records) if event.agent_id != "reminded")
    assert happened == {derived_id(order.event_id, "result"): 1 for order in orders}
    assert Counter(event.complaint_id for event in reminded(records)) == dict.fromkeys(map(complaint_id, complaints), 1)
    assert await trap.rows() == {complaint_id(name): Row(puts=2 * rounds, reminders=1) for name in complaints}
    assert_each_saw_the_row_that_the_one_before_left(results(records))


def reminded(records):
    return [event for event in results(records) if event.agent_id == "reminded"]


def assert_each_saw_the_row_that_the_one_before_left(events) -> None:
    """Records and timers of a complaint worked one after the other: the count in each result follows the last one."""
    puts = Counter()
    for event in events:
        counted = int(event.personal.note)
        assert counted - puts[event.complaint_id] in (0, 1)
        puts[event.complaint_id] = counted


@pytest.mark.prove
async def test_agents_that_fall_behind_with_every_buffer_full_lose_and_double_nothing_when_partitions_move(trap):
    behind = {"faust__app__FETCHES_BUFFERED": 2, "faust__consumer__BATCH_RECORDS": 7, "committer__RECORDS_AHEAD": 1}
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(1_500)]
    await trap.order_many(orders)
    await trap.start("trap-1", **behind)
    await trap.read(RESULTS.name, lambda records: len(records) >= 200)
    await trap.start("trap-2", **behind)
    await trap.until_shared("trap-1", "trap-2")
    assert len(await trap.read_to_the_end(RESULTS.name)) < len(orders), "partitions moved while records were waiting"
    await trap.supervisor.stop("trap-1")
    await trap.until_everything_is_committed()
    done = results(await trap.read_to_the_end(RESULTS.name))
    assert len(done) == len({event.event_id for event in done}) == len(orders)
    assert await trap.rows() == {complaint_id(f"c{number}"): Row(puts=15) for number in range(100)}


async def test_work_cancelled_at_any_moment_is_in_a_transaction_whole_or_not_at_all(trap, monkeypatch):
    failures = []
    monkeypatch.setattr(runtime_fail_stop, "fail_stop", lambda *reasons: failures.append(reasons))
    monkeypatch.setattr(committer, "RECORDS_AHEAD", 1)  # work waits for the transaction before it
    source = TopicPartition(ORDERS.name, home("c"))
    orders = [order_event("c", "put", number=number) for number in range(60)]
    await trap.order_many(orders)
    records = [one for one in await trap.read_to_the_end(ORDERS.name) if one.partition == source.partition]
    async with worker_in_process(trap.bootstrap) as tasks:
        await tasks.assign([source], NOBODY)
        await until_ready(tasks)
        for steps in range(1_000):
            if (position := tasks.positions()[source]) >= len(records):
                break
            batch = RecordBatch(source, records[position : position + 1], position, position + 1)
            work = asyncio.create_task(tasks.process([batch]))
            for _ in range(steps % 20):
                await asyncio.sleep(0)
            work.cancel()
            await asyncio.wait([work])
        await tasks.close()
    assert failures == []
    # A transaction is committed before its outputs can be read: its markers come afterwards.
    await trap.read(RESULTS.name, lambda records: len(records) >= len(orders))
    done = results(await trap.read_to_the_end(RESULTS.name))
    assert [event.event_id for event in done] == [derived_id(order.event_id, "result") for order in orders]
    assert (await trap.committed())[source] == len(orders)
    assert await trap.rows() == {complaint_id("c"): Row(puts=len(orders))}
