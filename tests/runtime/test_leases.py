from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from services.runtime import leases
from services.runtime.leases import Leases
from services.runtime.operator_commands import OperatorCommands
from services.runtime.stage import Application

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError()], ids=repr)
async def test_a_worker_without_an_assignment_waits_while_no_broker_answers(monkeypatch, error):
    asked: asyncio.Queue[None] = asyncio.Queue()

    class Away:
        async def missing_topics(self, names):
            asked.put_nowait(None)
            raise error

    monkeypatch.setattr(leases, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(leases, "UNASSIGNED_SECONDS", 0.0)
    away = Away()
    waiting = Leases(Application("waiting", (), ()), away, OperatorCommands("redress-waiting", away))
    watching = asyncio.create_task(waiting.require_assignment())
    for _ in range(3):
        await asked.get()
    assert not watching.done()
    watching.cancel()
