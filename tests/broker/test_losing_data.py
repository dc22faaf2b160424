"""The ways in which Faust loses data, each tried on a real Kafka: nothing is lost, and nothing counts twice."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from schemas.ids import derived_id
from tests.broker.trap import complaint_id, home, order_event, results
from tests.broker.trap_worker import ORDERS, RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


def ids(records) -> Counter[str]:
    return Counter(event.event_id for event in results(records))


async def test_what_cannot_be_read_or_processed_is_a_dead_letter_and_the_records_around_it_have_their_effect(trap):
    await trap.start()
    await trap.order("before", "put")
    await trap.put_bytes(b"\xff\x00 no event", partition=home("before"))
    await trap.order("refused", "refuse")
    await trap.order("raised", "raise")
    await trap.order("after", "put")
    letters = await trap.read(ORDERS.dead_letters.name, lambda records: len(records) == 3)
    decoded = [ORDERS.dead_letters.codec.decode(letter.value) for letter in letters]
    assert {letter.reason for letter in decoded} == {"malformed_json", "refused", "processor_failed"}
    assert next(letter.value for letter in decoded if letter.reason == "malformed_json") == b"\xff\x00 no event"
    done = await trap.read(RESULTS.name, lambda records: len(records) >= 2)
    assert {event.complaint_id for event in results(done)} == {complaint_id("before"), complaint_id("after")}
    await trap.until_everything_is_committed()


async def test_a_failure_after_writing_ends_the_process_with_70_and_nothing_of_its_run_is_committed(trap):
    await trap.order("half", "raise-late")
    await trap.start()
    await trap.until_said("fail-stop")
    await trap.until_said("failed with exit code 70")
    assert await trap.read_to_the_end(RESULTS.name) == []
    assert (await trap.committed()).get((ORDERS.name, home("half")), 0) == 0


@pytest.mark.parametrize(
    ("broken", "reason"),
    [("worker__tune_collector", "the worker failed"), ("tasks__metrics", "a rebalance failed")],
)
async def test_a_worker_that_fails_beside_its_runs_ends_with_70_though_threads_of_it_go_on(trap, broken, reason):
    await trap.start(**{broken: 0})
    await trap.until_said(reason)
    await trap.until_said("failed with exit code 70")


async def test_a_worker_whose_group_does_not_say_what_it_owns_ends_with_70_and_is_started_again(trap):
    await trap.start("frozen")
    await trap.until_shared("frozen")
    trap.supervisor.kill("frozen", signal.SIGSTOP)
    await trap.start("waiting", tasks__UNASSIGNED_SECONDS=1)
    await trap.until_said("its group has not said for 1 s what this worker owns")
    await trap.until_said("failed with exit code 70")
    trap.supervisor.kill("frozen", signal.SIGKILL)
    await trap.until_shared("frozen")


async def test_an_output_that_kafka_refuses_ends_the_process_and_its_offset_is_not_committed(trap):
    await trap.order("huge", "too-large")
    await trap.start()
    await trap.until_said("failed with exit code 70")
    assert await trap.read_to_the_end(RESULTS.name) == []
    assert (await trap.committed()).get((ORDERS.name, home("huge")), 0) == 0


@pytest.mark.prove
async def test_rebalances_under_load_lose_nothing_double_nothing_and_keep_each_partitions_order(trap):
    orders = [order_event(f"c{number % 500}", "put", number=number) for number in range(20_000)]
    await trap.start("trap-1")
    for begin, worker in zip(range(0, 20_000, 5_000), ["trap-2", "trap-3", "trap-4", "trap-5"], strict=True):
        await trap.order_many(orders[begin : begin + 5_000])
        await trap.start(worker)
    await trap.supervisor.stop("trap-2")
    await trap.supervisor.stop("trap-1")
    done = await trap.read(RESULTS.name, lambda records: len(records) >= 20_000)
    await trap.until_everything_is_committed()
    done = await trap.read_to_the_end(RESULTS.name)
    assert len(done) == len(ids(done)) == 20_000
    numbered = {order.event_id: number for number, order in enumerate(orders)}
    place_of = {derived_id(event_id, "result"): number for event_id, number in numbered.items()}
    for partition in range(4):
        order = [
            place_of[event.event_id] for event in results([record for record in done if record.partition == partition])
        ]
        assert order == sorted(order)


async def test_a_row_deleted_by_another_owner_of_its_partition_does_not_come_back(trap):
    await trap.start("first")
    await trap.order("row", "put")
    await trap.read(RESULTS.name, lambda records: len(records) == 1)
    await trap.start("second")
    await trap.until_everything_is_committed()
    await trap.supervisor.stop("first")
    await trap.order("row", "delete")
    await trap.until_everything_is_committed()
    await trap.start("first")
    await trap.supervisor.stop("second")
    await trap.order("row", "tell")
    told = results(await trap.read(RESULTS.name, lambda records: len(records) == 2))
    assert [event.agent_id for event in told] == ["no row", "no row"]


@pytest.mark.prove
async def test_workers_killed_again_and_again_under_load_leave_every_effect_once_and_the_table_as_the_fold(trap):
    orders = [order_event(f"c{number % 1_000}", "put", number=number) for number in range(30_000)]
    await trap.start("trap-1")
    await trap.start("trap-2")
    for kill in range(6):
        await trap.order_many(orders[kill * 5_000 : (kill + 1) * 5_000])
        victim = f"trap-{kill % 2 + 1}"
        await trap.read(RESULTS.name, lambda records, least=kill * 4_000 + 1: len(records) >= least)
        trap.supervisor.kill(victim)
    await trap.read(RESULTS.name, lambda records: len(records) >= 30_000)
    await trap.until_everything_is_committed()
    done = await trap.read_to_the_end(RESULTS.name)
    assert len(done) == len(ids(done)) == 30_000
    folded = {complaint_id(f"c{number}"): Row(puts=30) for number in range(1_000)}
    assert await trap.rows() == folded


@pytest.mark.prove
async def test_a_zombie_that_wakes_after_its_partitions_were_taken_over_ends_itself_and_adds_nothing(trap):
    orders = [order_event(f"c{number % 100}", "put", number=number) for number in range(12_000)]
    await trap.start("zombie")
    await trap.order_many(orders[:4_000])
    await trap.read(RESULTS.name, lambda records: len(records) >= 1_000)
    trap.supervisor.kill("zombie", signal.SIGSTOP)
    await trap.start("heir")
    await trap.order_many(orders[4_000:8_000])
    await trap.read(RESULTS.name, lambda records: len(records) >= 8_000)
    trap.supervisor.kill("zombie", signal.SIGCONT)
    await trap.order_many(orders[8_000:])
    await trap.read(RESULTS.name, lambda records: len(records) >= 12_000)
    await trap.until_everything_is_committed()
    done = await trap.read_to_the_end(RESULTS.name)
    assert len(done) == len(ids(done)) == 12_000


async def test_a_reminder_that_fell_due_while_nobody_ran_is_given_once_after_the_return(trap):
    await trap.start("first")
    await trap.order("remind", "put")
    await trap.read(RESULTS.name, lambda records: len(records) == 1)
    await trap.order("remind", "remind")
    await trap.read(RESULTS.name, lambda records: len(records) == 2)
    trap.supervisor.kill("first")
    await trap.read(RESULTS.name, lambda records: len(records) == 3)
    await trap.until_everything_is_committed()
    reminded = [event for event in results(await trap.read_to_the_end(RESULTS.name)) if event.agent_id == "reminded"]
    assert [event.complaint_id for event in reminded] == [complaint_id("remind")]
