from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError

from services.runtime import kafka
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings

pytestmark = pytest.mark.asyncio


async def test_topics_are_asked_for_again_while_the_broker_that_is_asked_is_down(monkeypatch):
    monkeypatch.setattr(kafka, "RETRY_SECONDS", 0)

    class Admin:
        async def describe_topics(self):
            if down:
                raise down.pop()
            return [{"topic": "there", "partitions": [0, 1, 2, 3]}, {"topic": "small", "partitions": [0]}]

    @asynccontextmanager
    async def admin():
        yield Admin()

    down = [NodeNotReadyError(), KafkaConnectionError()]
    asking = Kafka(RuntimeSettings(kafka="127.0.0.1:1"))
    asking.admin = admin
    assert await asking.missing_topics(["there", "small", "absent"]) == {
        "small": "has 1 partitions, not 4",
        "absent": "does not exist",
    }
