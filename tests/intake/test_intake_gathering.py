"""Posts that wait together: one round at a time, in order, and for each post its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.intake.gathering import Gathering

pytestmark = pytest.mark.asyncio


class Broker:
    """Takes rounds; each is decided when the test says so."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self._decided: list[asyncio.Future[list[bool]]] = []

    async def send(self, records: Sequence[str]) -> list[bool]:
        self.rounds.append(list(records))
        self._decided.append(asyncio.get_running_loop().create_future())
        return await self._decided[-1]

    async def until_rounds(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.rounds) < count:
                await asyncio.sleep(0)

    def decide(self, answer: list[bool] | Exception) -> None:
        if isinstance(answer, Exception):
            self._decided[-1].set_exception(answer)
        else:
            self._decided[-1].set_result(answer)


async def told(answers: list[asyncio.Task[bool]]) -> list[bool]:
    async with asyncio.timeout(10):
        return await asyncio.gather(*answers)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def publish(broker):
    gathering = Gathering(broker.send)
    return lambda *records: [asyncio.create_task(gathering.publish(record)) for record in records]


async def test_what_is_published_in_one_turn_is_one_round_in_order_with_an_answer_for_each(broker, publish):
    answers = publish("a", "b", "c")
    await broker.until_rounds(1)
    broker.decide([True, False, True])
    assert await told(answers) == [True, False, True]
    assert broker.rounds == [["a", "b", "c"]]


async def test_what_is_published_while_a_round_is_under_way_waits_and_goes_together(broker, publish):
    first = publish("a")
    await broker.until_rounds(1)
    second = publish("b")
    await asyncio.sleep(0)
    second += publish("c")
    await asyncio.sleep(0)
    assert broker.rounds == [["a"]]
    broker.decide([True])
    assert await told(first) == [True]
    await broker.until_rounds(2)
    broker.decide([True, True])
    assert await told(second) == [True, True]
    assert broker.rounds == [["a"], ["b", "c"]]


async def test_after_a_pause_a_round_begins_again(broker, publish):
    for number in (1, 2):
        answers = publish("a")
        await broker.until_rounds(number)
        broker.decide([True])
        assert await told(answers) == [True]


async def test_a_round_that_fails_keeps_nothing_and_the_next_one_goes_on(broker, publish):
    failing = publish("a", "b")
    await broker.until_rounds(1)
    waiting = publish("c")
    await asyncio.sleep(0)
    broker.decide(RuntimeError("broken"))
    assert await told(failing) == [False, False]
    await broker.until_rounds(2)
    broker.decide([True])
    assert await told(waiting) == [True]


async def test_a_request_that_is_given_up_takes_nobody_with_it(broker, publish):
    given_up, staying = publish("a", "b")
    await broker.until_rounds(1)
    given_up.cancel()
    await asyncio.wait([given_up])
    broker.decide([True, True])
    assert await told([staying]) == [True]
    assert given_up.cancelled()
