"""Logs that lose records: compacted while they are read, cut by retention, deleted and made anew."""

from __future__ import annotations

import asyncio
import random
import signal
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete

from redress.topics.declared import CHANGELOG_CONFIG
from schemas.ids import derived_id
from services.runtime.kafka import Kafka
from services.runtime.recovery import read_changelogs
from services.runtime.settings import RuntimeSettings
from services.runtime.table import HEADER, NEVER, Table
from tests.broker.reading import PARTITIONS, admin_of
from tests.broker.trap import home, order_event, results
from tests.broker.trap_worker import CHANGELOG, ORDERS, RESULTS, Row

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


async def kept(kafka: Kafka, topic_partition: TopicPartition) -> int:
    """How many records the log holds."""
    found = 0
    async with kafka.reader() as reader:
        reader.assign([topic_partition])
        end = (await reader.end_offsets([topic_partition]))[topic_partition]
        await reader.seek_to_beginning(topic_partition)
        while await reader.position(topic_partition) < end:
            found += sum(map(len, (await reader.getmany(timeout_ms=100)).values()))
    return found


@pytest.mark.prove
async def test_a_changelog_that_is_compacted_while_it_is_recovered_gives_the_rows_and_no_deleted_one(own_kafka):
    kafka, topic_partition = Kafka(RuntimeSettings(kafka=own_kafka.bootstrap)), TopicPartition("log", 0)
    # As ours, but cleaned at once instead of in an hour.
    at_once = {"segment.bytes": str(1024 * 1024), "min.cleanable.dirty.ratio": "0.0", "max.compaction.lag.ms": "1000"}
    async with admin_of(own_kafka.bootstrap) as admin:
        await admin.create_topics(
            [NewTopic(topic_partition.topic, 1, 1, topic_configs={**CHANGELOG_CONFIG, **at_once})]
        )
    rows: dict[bytes, bytes] = {}
    chance = random.Random(4)
    written = 0
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap, transactional_id="writer") as producer:
        for _ in range(60):
            async with producer.transaction():
                for _ in range(300):
                    key = b"key %d" % chance.randrange(500)
                    row = None if chance.random() < 0.3 else b"%016d" % written + b"x" * 1_000
                    await producer.send(topic_partition.topic, row, key=key, partition=0)
                    written += 1
                    if row is None:
                        rows.pop(key, None)
                    else:
                        rows[key] = row
    seen = []
    table = Table()

    class CompactedMeanwhile(Kafka):
        """Its readers wait, after their first records, until the log behind them is compacted."""

        @asynccontextmanager
        async def reader(self, isolation_level="read_committed"):
            async with super().reader(isolation_level) as reader:
                fetch = reader.getmany

                async def getmany(**arguments):
                    fetched = await fetch(**arguments, max_records=1_000)
                    if not seen:
                        seen.append(len(fetched.get(topic_partition, [])))
                        async with asyncio.timeout(60):
                            while await kept(kafka, topic_partition) > written / 3:
                                await asyncio.sleep(0.2)
                    return fetched

                reader.getmany = getmany
                yield reader

    async def fence_absent() -> None:
        """Nobody left a transaction open."""

    compacted = CompactedMeanwhile(RuntimeSettings(kafka=own_kafka.bootstrap))
    await read_changelogs(compacted, 0, {"log": table}, fence_absent)
    assert 0 < seen[0] < written / 3
    assert table.rows == rows


async def test_rows_without_an_offset_end_the_worker_before_it_would_apply_everything_again(trap):
    async with AIOKafkaProducer(bootstrap_servers=trap.bootstrap) as producer:
        await producer.send_and_wait(CHANGELOG, HEADER.pack(NEVER) + Row().body(1), key=b"key", partition=2)
    await trap.start()
    await trap.until_said("redress-trap has rows but no committed offset for trap-orders-2, which begins at 0")
    await trap.until_said("failed with exit code 70")


async def test_a_worker_that_stood_while_retention_passed_its_head_ends_and_skips_nothing_in_silence(trap):
    await trap.start(faust__consumer__FETCH_BYTES=1)  # one of the producer's batches at a time
    await trap.until_shared("trap-1")
    await trap.order("c", "put")
    await trap.read(RESULTS.name, bool)
    await trap.until_everything_is_committed()
    trap.supervisor.kill("trap-1", signal.SIGSTOP)
    await trap.order("c", "put", number=1)  # answers what the worker asked for before it stood
    await trap.order_many(order_event("c", "put", number=number) for number in range(2, 10))
    topic_partition = TopicPartition(ORDERS.name, home("c"))
    async with admin_of(trap.bootstrap) as admin:
        await admin.delete_records({topic_partition: RecordsToDelete(before_offset=5)})
    trap.supervisor.kill("trap-1", signal.SIGCONT)
    await trap.until_said(
        f"of {topic_partition.topic}-{topic_partition.partition}, but the log begins at 5: records in between are gone"
    )
    await trap.until_said("failed with exit code 70")
    done = results(await trap.read_to_the_end(RESULTS.name))
    before = [derived_id(order_event("c", "put", number=number).event_id, "result") for number in range(2)]
    assert [event.event_id for event in done] in (before[:1], before)


@pytest.mark.prove
async def test_a_topic_that_is_deleted_and_made_anew_ends_the_worker_and_what_is_new_has_no_effect(trap):
    await trap.start()
    await trap.until_shared("trap-1")
    await trap.order_many(order_event(f"c{number}", "put") for number in range(100))
    await trap.read(RESULTS.name, lambda records: len(records) == 100)
    await trap.until_everything_is_committed()
    async with admin_of(trap.bootstrap) as admin:
        await admin.delete_topics([ORDERS.name])
        await trap.until_said(f"nothing can be assigned any more: {ORDERS.name} does not exist")
        await admin.create_topics([NewTopic(ORDERS.name, PARTITIONS, 1)])
    await trap.order("anew", "put")
    await trap.until_said(f"redress-trap has rows but no committed offset for {ORDERS.name}-")
    await trap.until_said("failed with exit code 70")
    assert len(await trap.read_to_the_end(RESULTS.name)) == 100
