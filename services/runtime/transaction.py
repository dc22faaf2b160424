"""One Kafka transaction: outputs, changelog rows, dead letters and source offsets, committed together or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import aiokafka
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from services.runtime.faust.generation_check import LeftBehind
from services.runtime.kafka import STANDSTILL_SECONDS
from services.runtime.outbox import KafkaOutbox, Outbox


class TransactionOutbox(Outbox, Protocol):
    """An outbox whose records can be sent."""

    async def flush(self) -> None:
        """Return once every record is acknowledged. Raises what prevents it."""


class Transactions(Protocol):
    """How a worker commits: in Kafka, or in a test's memory."""

    writer: str
    """Who commits, as it stands beside each offset."""

    def outbox(self) -> TransactionOutbox:
        """An empty one, for the next transaction."""

    async def commit(self, outbox: TransactionOutbox, offsets: Mapping[TopicPartition, int]) -> None:
        """Return once outputs and offsets (the next one of each source) are committed. Raises what prevents it."""


class KafkaTransactions:
    """Transactions of one producer, which commits offsets as a member of its group (generation_check.py)."""

    def __init__(self, producer: aiokafka.AIOKafkaProducer, *, writer: str, group: str, prefix: str) -> None:
        """``writer`` and ``group`` are named as the cluster knows them; ``prefix`` stands before every topic."""
        self.writer = writer
        self._producer = producer
        self._group = group
        self._prefix = prefix

    def outbox(self) -> KafkaOutbox:
        """An empty one, for the next transaction."""
        return KafkaOutbox(self._producer, self._prefix)

    async def commit(self, outbox: TransactionOutbox, offsets: Mapping[TopicPartition, int]) -> None:
        """Return once it is committed. No offset is committed before the broker has acknowledged every output.

        Raises what the producer raises, LeftBehind when the group has gone on without this worker, and TimeoutError
        after two minutes, when Kafka has aborted it.
        """
        async with asyncio.timeout(STANDSTILL_SECONDS):
            await self._commit(outbox, offsets)

    async def _commit(self, outbox: TransactionOutbox, offsets: Mapping[TopicPartition, int]) -> None:
        await self._producer.begin_transaction()
        await outbox.flush()
        # One after the other: offsets sent beside outputs fail now and then (NotEnoughReplicas).
        committed = {source: OffsetAndMetadata(offset, self.writer) for source, offset in offsets.items()}
        try:
            await self._producer.send_offsets_to_transaction(committed, self._group)
        except LeftBehind:
            # At once: until it is aborted, readers of the outputs and the new owner of the partitions wait.
            with suppress(KafkaError):
                await self._producer.abort_transaction()
            raise
        await self._producer.commit_transaction()
