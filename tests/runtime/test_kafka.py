from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupIdNotFound, KafkaConnectionError, NodeNotReadyError
from aiokafka.structs import OffsetAndMetadata

from services.runtime import kafka
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings

pytestmark = pytest.mark.asyncio

READ, UNREAD = TopicPartition("topic", 0), TopicPartition("topic", 1)


def kafka_that_answers(*answers) -> Kafka:
    """One whose admin client gives these answers about offsets, one after the other."""

    class Admin:
        async def list_consumer_group_offsets(self, group, partitions):
            assert group == "group"
            assert partitions == [READ, UNREAD]
            answer = remaining.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    @asynccontextmanager
    async def admin():
        yield Admin()

    remaining = list(answers)
    answering = Kafka(RuntimeSettings(kafka="127.0.0.1:1"))
    answering.admin = admin
    return answering


KNOWN = {READ: OffsetAndMetadata(7, ""), UNREAD: OffsetAndMetadata(-1, "")}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(kafka, "RETRY_SECONDS", 0)


async def test_a_groups_offsets_are_asked_for_again_while_its_coordinator_moves():
    # aiokafka shows an answer of "I am not the coordinator" as one without partitions
    answering = kafka_that_answers(GroupCoordinatorNotAvailableError(), {}, KNOWN)
    assert await answering.committed("group", [READ, UNREAD]) == {READ: 7}


async def test_what_time_does_not_mend_is_raised():
    with pytest.raises(GroupIdNotFound):
        await kafka_that_answers(GroupIdNotFound()).committed("group", [READ, UNREAD])


async def test_a_coordinator_that_never_comes_back_is_not_taken_for_a_group_without_offsets(monkeypatch):
    monkeypatch.setattr(kafka, "UNREACHABLE_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        await kafka_that_answers(*[{}] * 1_000_000).committed("group", [READ, UNREAD])


async def test_topics_are_asked_for_again_while_the_broker_that_is_asked_is_down():
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
