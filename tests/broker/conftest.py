"""What tests of this folder share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from redress.broker import LocalKafka
from tests.broker.trap import Trapped, trapped


@pytest_asyncio.fixture
async def trap(own_kafka: LocalKafka) -> AsyncIterator[Trapped]:
    """The trap on a Kafka of the test's own."""
    async with trapped(own_kafka.bootstrap) as driver:
        yield driver
