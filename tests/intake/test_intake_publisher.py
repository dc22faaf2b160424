"""The publisher without a broker; tests/broker has it with one."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import MessageAccumulator
from aiokafka.producer.sender import Sender

from services.intake.domain.refusals import RequestRefused
from services.intake.publisher import KafkaPublisher, Record
from services.intake.session import check_partitions
from tests.source_digest import source_digest

pytestmark = pytest.mark.asyncio

RECORD = Record("complaint-events", b"0e4b1c0a-5a0f-5b7e-9c11-2f6d3f0a7b11", b"{}", 0, [])
NOBODY = {"bootstrap_servers": ["127.0.0.1:1"]}


async def test_nothing_is_kept_before_kafka_is_there():
    waiting = KafkaPublisher(NOBODY, ["complaint-events"], 4)
    running = asyncio.create_task(waiting.run())
    with pytest.raises(RequestRefused, match="kafka_away"):
        await waiting.publish(RECORD)
    with pytest.raises(RequestRefused, match="kafka_away"):
        await waiting.publish_all([RECORD])
    assert not waiting.ready
    running.cancel()


@pytest.mark.parametrize(
    ("key", "partition"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
async def test_keys_are_at_home_where_kafka_s_own_clients_put_them(key, partition):
    """The hashes are those of Apache Kafka's own UtilsTest.testMurmur2."""
    home = KafkaPublisher(NOBODY, [], 7)._choose_partition(key)
    assert home == (partition & 0x7FFFFFFF) % 7


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ({0, 1, 2}, "complaint-events has 3 partitions, REDRESS_PARTITIONS says 4"),
        (set(), "run `redress topics apply`"),
    ],
)
async def test_a_topic_that_is_missing_or_has_another_partition_count_is_not_written_to(found, fault):
    check_partitions("complaint-events", {0, 1, 2, 3}, 4)
    with pytest.raises(LookupError, match=fault):
        check_partitions("complaint-events", found, 4)


@pytest.mark.parametrize(
    ("member", "digest"),
    [
        (AIOKafkaProducer.stop, "43ef97147111893b"),
        (Sender._sender_routine, "2380dc5e333d9ebd"),
        (Sender.close, "f60b3d023d2526f4"),
        (MessageAccumulator.flush, "2b0eaa3da8519269"),
        (MessageAccumulator.reenqueue, "f75f518a1ae27ade"),
    ],
    ids=lambda part: getattr(part, "__qualname__", ""),
)
async def test_what_a_session_relies_on_inside_aiokafka_is_as_it_was(member, digest):
    found = source_digest(member)
    assert found == digest, f"read {member.__qualname__} and services/intake/session.py again, then write {found}"
