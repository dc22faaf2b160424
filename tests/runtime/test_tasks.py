from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from schemas.topics import COMPLAINT_EVENTS
from services.runtime import task, tasks
from services.runtime.faust.committed_offsets import Committed
from services.runtime.faust.membership import NOBODY
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application, Stage
from services.runtime.tasks import Tasks

pytestmark = pytest.mark.asyncio


class Writer:
    """One that has nothing to commit."""

    writer = "nobody"

    def outbox(self):
        return []


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError()], ids=repr)
async def test_a_worker_without_an_assignment_waits_while_no_broker_answers(monkeypatch, error):
    asked: asyncio.Queue[None] = asyncio.Queue()

    class Away:
        async def missing_topics(self, names):
            asked.put_nowait(None)
            raise error

    monkeypatch.setattr(tasks, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(tasks, "UNASSIGNED_SECONDS", 0.0)
    waiting = Tasks(Application("waiting", (), ()), Away(), {}, None, Writer())
    watching = asyncio.create_task(waiting.require_assignment())
    for _ in range(3):
        await asked.get()
    assert not watching.done()
    watching.cancel()


class Noting:
    """A processor that says whether it was closed."""

    made: list[Noting]

    def __init__(self):
        self.closed = False
        self.made.append(self)

    def close(self):
        assert not self.closed
        self.closed = True


class Offsets:
    """Of a group; somebody else may commit."""

    at = 0

    async def stable_offsets(self, sources):
        return {source: Committed(self.at, "nobody") for source in sources}


@pytest.fixture
def made(monkeypatch) -> list[Noting]:
    """The processors that tasks have made, with changelogs that hold nothing."""

    async def nothing(*_, **__):
        pass

    async def positions(_, __, found, **___):
        return {source: one.offset for source, one in found.items()}

    monkeypatch.setattr(task, "read_changelogs", nothing)
    monkeypatch.setattr(task, "start_positions", positions)
    monkeypatch.setattr(Noting, "made", [], raising=False)
    return Noting.made


def tasks_of(offsets: Offsets, partitions: int) -> tuple[Tasks, Kafka]:
    kafka = Kafka(RuntimeSettings(kafka="none:9092", partitions=partitions))
    stage = Stage("complaints", (COMPLAINT_EVENTS,), (COMPLAINT_EVENTS,), Noting)
    return Tasks(Application("noting", (stage,), ()), kafka, {}, offsets, Writer()), kafka


async def acquired(tasks: Tasks) -> None:
    while not tasks.ready:
        await asyncio.sleep(0)


async def test_the_processor_of_a_partition_that_leaves_is_closed_and_no_other(made):
    tasks, kafka = tasks_of(Offsets(), partitions=2)
    sources = kafka.topic_partitions(COMPLAINT_EVENTS.name)
    await tasks.assign(sources, NOBODY)
    await acquired(tasks)
    await tasks.suspend()
    await tasks.assign(sources[:1], NOBODY)
    await acquired(tasks)
    assert sorted(one.closed for one in made) == [False, True]


async def test_a_partition_that_somebody_else_had_meanwhile_gets_another_processor(made):
    offsets = Offsets()
    tasks, kafka = tasks_of(offsets, partitions=1)
    sources = kafka.topic_partitions(COMPLAINT_EVENTS.name)
    for offsets.at in (0, 0, 7):
        await tasks.assign(sources, NOBODY)
        await acquired(tasks)
        await tasks.suspend()
    assert [one.closed for one in made] == [True, False]
