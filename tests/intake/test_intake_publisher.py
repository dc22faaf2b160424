"""The publisher without a broker; tests/broker has it with one."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed
from aiokafka.structs import TopicPartition

from services.intake import publisher
from services.intake.domain.refusals import Refused
from services.intake.publisher import KafkaPublisher, Record

pytestmark = pytest.mark.asyncio

RECORD = Record("complaint-events", b"0e4b1c0a-5a0f-5b7e-9c11-2f6d3f0a7b11", b"{}", 0, [])
NOBODY = ["127.0.0.1:1"]


async def test_nothing_is_kept_before_kafka_is_there():
    waiting = KafkaPublisher(NOBODY, {}, ["complaint-events"], 4)
    running = asyncio.create_task(waiting.run())
    with pytest.raises(Refused, match="kafka_away"):
        await waiting.publish(RECORD)
    with pytest.raises(Refused, match="kafka_away"):
        await waiting.publish_all([RECORD])
    assert not waiting.ready
    running.cancel()


async def test_a_producer_that_is_given_up_fails_what_waits_and_stops_without_a_flush():
    """Private members of aiokafka: its accumulator fails its batches, takes no more, and then stops at once."""
    producer = AIOKafkaProducer(bootstrap_servers=NOBODY, enable_idempotence=True)
    partition = TopicPartition("complaint-events", 0)
    waiting = await producer._message_accumulator.add_message(partition, b"k", b"v", timeout=1)
    publisher._fail_waiting(producer)
    with pytest.raises(ProducerClosed):
        await waiting
    with pytest.raises(ProducerClosed):
        await producer._message_accumulator.add_message(partition, b"k", b"v", timeout=1)
    await producer._message_accumulator.flush()
    await publisher._stop(producer)


@pytest.mark.parametrize(
    ("key", "partition"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
async def test_keys_are_at_home_where_kafka_s_own_clients_put_them(key, partition):
    """The hashes are those of Apache Kafka's own UtilsTest.testMurmur2."""
    home = KafkaPublisher(NOBODY, {}, [], 7)._home(key)
    assert home == (partition & 0x7FFFFFFF) % 7


async def test_a_topic_with_another_partition_count_is_not_written_to():
    checked = KafkaPublisher(NOBODY, {}, ["complaint-events"], 4)
    checked._check("complaint-events", {0, 1, 2, 3})
    with pytest.raises(LookupError, match="complaint-events has 3 partitions, REDRESS_PARTITIONS says 4"):
        checked._check("complaint-events", {0, 1, 2})
    with pytest.raises(LookupError, match="run `redress topics apply`"):
        checked._check("complaint-events", set())
