"""What operators allow a group: their compacted topic in, read from its start outside the group; offsets out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from structlog import get_logger

from schemas.codec import DecodeError
from schemas.topics import OPERATOR_COMMANDS
from services.runtime.kafka import Kafka

log = get_logger(__name__)

POLL_MS = 100
"""While the end is sought: aiokafka does not return early when it fetched transaction markers only."""
FOLLOW_MS = 5_000
"""Afterwards: a command ends the wait at once."""


class OperatorCommands:
    """By source partition, the offset before which the group's dead letters count against no limit."""

    def __init__(self, group: str, kafka: Kafka) -> None:
        self.allowed: dict[TopicPartition, int] = {}
        self._group = group
        self._kafka = kafka

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[asyncio.Task[None]]:
        """The block begins when all that was said before is known; the task reads on until it ends, or fails."""
        async with self._kafka.reader() as reader:
            topic_partitions = self._kafka.topic_partitions(OPERATOR_COMMANDS.name)
            reader.assign(topic_partitions)
            ends = await reader.end_offsets(topic_partitions)
            await reader.seek_to_beginning(*topic_partitions)
            while [one for one, end in ends.items() if await reader.position(one) < end]:
                await self._read(reader, POLL_MS)
            following = asyncio.create_task(self._read_on(reader))
            try:
                yield following
            finally:
                following.cancel()

    def take(self, record: ConsumerRecord) -> None:
        """Heed one command; one that cannot be read is logged, and changes nothing."""
        try:
            command = OPERATOR_COMMANDS.codec.decode(record.value)
        except DecodeError as error:
            log.error(  # noqa: TRY400 - partition and offset say more than where in the code
                "an operator's command cannot be read: write commands with `redress dlq allow`",
                partition=record.partition,
                offset=record.offset,
                reason=error.reason,
                detail=error.detail,
            )
            return
        if command.group == self._group:
            self.allowed[self._kafka.topic_partition(command.topic, command.partition)] = command.until

    async def _read_on(self, reader: AIOKafkaConsumer) -> None:
        while True:
            await self._read(reader, FOLLOW_MS)

    async def _read(self, reader: AIOKafkaConsumer, timeout_ms: int) -> None:
        for records in (await reader.getmany(timeout_ms=timeout_ms)).values():
            for record in records:
                self.take(record)
