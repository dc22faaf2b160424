from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from services.runtime import tasks
from services.runtime.stage import Application
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
