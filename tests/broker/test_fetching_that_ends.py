"""A consumer whose fetching has ended by an error nobody foresaw must not stand still in silence."""

from __future__ import annotations

from contextlib import suppress

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError

from services.runtime.faust.reader import Reader
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings
from tests.broker.reading import admin_of

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

PLACE = TopicPartition("fetching-that-ends", 0)


async def test_what_was_fetched_is_read_and_then_the_error_is_raised(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with admin_of(kafka) as admin:
        await admin.create_topics([NewTopic(PLACE.topic, 1, 1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(PLACE.topic, b"one", partition=PLACE.partition)
    found: list[object] = []
    # To stop a consumer whose fetching has ended raises the same error again.
    with suppress(KafkaError):
        async with Kafka(RuntimeSettings(kafka=kafka)).reader() as reader:
            reader.assign([PLACE])
            await reader.seek_to_beginning(PLACE)
            found += await read_one(reader)
            monkeypatch.setattr(reader._fetcher, "_get_actions_per_node", fail)
            try:
                found += await read_one(reader)
            except KafkaError as error:
                found.append(str(error))
    assert found == [b"one", "KafkaError: Unexpected error during data retrieval"]


def fail(assignment: object) -> None:
    raise RuntimeError("the handler is closed")


async def read_one(reader: Reader) -> list[bytes]:
    """The values of the next fetch that has some; none after ten seconds."""
    for _ in range(100):
        if fetched := await reader.getmany(timeout_ms=100):
            return [record.value for record in fetched[PLACE]]
    return []
