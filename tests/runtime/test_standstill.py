"""What never ends looks like health from outside, so a worker does not wait for it for ever."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiokafka import TopicPartition

from services.runtime import recovery, transaction
from services.runtime.recovery import read_changelogs
from services.runtime.table import HEADER, NEVER, Table
from services.runtime.transaction import KafkaTransactions

pytestmark = pytest.mark.asyncio

CHANGELOG = TopicPartition("rows", 0)
SOON = 0.2


class Outputs:
    """The outbox of a transaction whose leader never acknowledges it."""

    async def flush(self):
        await asyncio.Event().wait()


class Producer:
    async def begin_transaction(self):
        pass


async def test_a_transaction_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(transaction, "STANDSTILL_SECONDS", SOON)
    transactions = KafkaTransactions(Producer(), writer="worker", group="group", prefix="")
    with pytest.raises(TimeoutError):
        await transactions.commit(Outputs(), {})


class Changelog:
    """A Kafka with a changelog whose last ``hidden`` rows an open transaction holds back, for ever."""

    def __init__(self, rows: int, hidden: int) -> None:
        self._at, self._visible, self._end = 0, rows - hidden, rows

    def topic_partition(self, topic, partition):
        return TopicPartition(topic, partition)

    async def high_watermarks(self, topic_partitions):
        return dict.fromkeys(topic_partitions, self._end)

    @asynccontextmanager
    async def reader(self):
        yield self

    def assign(self, topic_partitions):
        pass

    async def seek_to_beginning(self, *topic_partitions):
        pass

    async def position(self, topic_partition):
        return self._at

    async def getmany(self, timeout_ms):
        await asyncio.sleep(SOON / 5)
        if self._at == self._visible:
            return {}
        self._at += 1
        return {CHANGELOG: [self]}

    key = b"key"
    value = HEADER.pack(NEVER) + b"row"


async def fence_absent():
    pass


async def test_rows_that_never_come_are_given_up(monkeypatch):
    monkeypatch.setattr(recovery, "STANDSTILL_SECONDS", SOON)
    with pytest.raises(TimeoutError):
        await read_changelogs(Changelog(rows=3, hidden=1), 0, {CHANGELOG.topic: Table()}, fence_absent)


async def test_a_long_changelog_is_read_for_as_long_as_rows_come(monkeypatch):
    monkeypatch.setattr(recovery, "STANDSTILL_SECONDS", SOON)
    table = Table()
    await read_changelogs(Changelog(rows=8, hidden=0), 0, {CHANGELOG.topic: table}, fence_absent)
    assert len(table) == 1
