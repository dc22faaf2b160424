"""How workers share partition numbers: more workers than numbers, one rebalance on another, sources that differ."""

from __future__ import annotations

import asyncio

import pytest

from tests.broker.reading import PARTITIONS
from tests.broker.trap import Trapped, complaint_id, order_event, results
from tests.broker.trap_worker import MORE_ORDERS, RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


async def assert_each_effect_is_there_once(trap: Trapped, orders: int, complaints: int) -> None:
    done = results(await trap.read_to_the_end(RESULTS.name))
    assert len(done) == len({event.event_id for event in done}) == orders
    assert await trap.rows() == {
        complaint_id(f"c{number}"): Row(puts=orders // complaints) for number in range(complaints)
    }


@pytest.mark.prove
async def test_workers_grow_to_the_number_of_partitions_and_beyond_and_a_surplus_one_takes_over(trap):
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(12_000)]
    workers = [f"trap-{number}" for number in range(1, PARTITIONS + 2)]
    for sent, worker in enumerate(workers):
        await trap.start(worker)
        await trap.order_many(orders[2_000 * sent : 2_000 * (sent + 1)])
    shares = await trap.until_shared(*workers)
    assert sorted(map(len, shares.values())) == [0] + [1] * PARTITIONS
    surplus = next(name for name, share in shares.items() if not share)
    victim = next(name for name in workers if name != surplus)
    workers.remove(victim)
    await trap.supervisor.stop(victim)
    await trap.order_many(orders[10_000:])
    shares = await trap.until_shared(*workers)
    assert len(shares[surplus]) == 1
    await trap.until_everything_is_committed()
    await assert_each_effect_is_there_once(trap, 12_000, 100)


@pytest.mark.prove
async def test_rebalances_that_come_before_the_one_before_is_finished_lose_and_double_nothing(trap):
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(20_000)]
    await trap.start("stays")
    await trap.until_shared("stays")
    sending = asyncio.create_task(trap.order_many(orders))
    for round_ in range(6):
        # Each joins or leaves while tasks of the round before are still being acquired.
        await trap.start(f"guest-{round_ % 2}")
        if round_:
            await trap.supervisor.stop(f"guest-{(round_ + 1) % 2}")
        await trap.read(RESULTS.name, lambda records, least=2_000 * round_: len(records) >= least)
    await sending
    await trap.until_everything_is_committed()
    await assert_each_effect_is_there_once(trap, 20_000, 100)


@pytest.mark.prove
async def test_a_worker_with_a_source_more_than_the_others_ends_until_they_are_gone_and_shares_no_number(trap):
    puts = [[order_event(f"c{number}", "put", number=round_) for number in range(100)] for round_ in range(4)]
    await trap.start("earlier", sources=2)
    await trap.order_many(puts[0])
    await trap.order_many(puts[1], MORE_ORDERS)
    await trap.until_shared("earlier")
    await trap.until_everything_is_committed(sources=2)
    await trap.supervisor.stop("earlier")
    await trap.start("old")
    await trap.until_shared("old")
    await trap.order_many(puts[2])
    await trap.start("new", sources=2)
    await trap.until_said("stop all workers of the group before changing its sources")
    await trap.supervisor.stop("old")
    await trap.order_many(puts[3], MORE_ORDERS)
    assert len((await trap.until_shared("new"))["new"]) == PARTITIONS
    await trap.until_everything_is_committed(sources=2)
    await assert_each_effect_is_there_once(trap, 400, 100)
