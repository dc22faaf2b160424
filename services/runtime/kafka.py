"""The cluster a worker works on: makes its clients, all with the same security and the same timeouts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from structlog import get_logger

from services.config.yaml_files import ConfigError
from services.runtime.faust.committed_offsets import connected
from services.runtime.faust.reader import Reader
from services.runtime.security import why_refused
from services.runtime.settings import RuntimeSettings

log = get_logger(__name__)

TRANSACTION_TIMEOUT_MS = 60_000
"""Kafka aborts a transaction open for so long; more than the group's session timeout."""
STANDSTILL_SECONDS = 120.0
"""A client that waits for longer waits in vain: Kafka has aborted what was open (it looks every ten seconds)."""
REQUEST_TIMEOUT_MS = 30_000
MAX_BATCH_BYTES = 900_000
"""Before compression; a topic takes 1 MiB, compressed, unless it says otherwise (max.message.bytes)."""
COMPRESSION = "snappy"
"""What is written takes a third of the bytes; it costs less than to send the rest (docs/decisions.md)."""
MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""More than a topic takes, since a dead letter holds its record in base64."""
UNREACHABLE_SECONDS = 60.0
RETRY_SECONDS = 0.1

IsolationLevel = Literal["read_committed", "read_uncommitted"]


class Kafka:
    """One cluster, as the settings name it.

    Names of topics, groups and transactional ids are Redress's own; the deployment's prefix is put before them here and
    where records are read and written. Only a TopicPartition has the name that the cluster knows.
    """

    def __init__(self, settings: RuntimeSettings) -> None:
        self.prefix = settings.prefix
        self.partitions = settings.partitions
        self.time: Literal["wall", "stream"] = settings.time
        self.client: dict[str, Any] = {
            "bootstrap_servers": settings.bootstrap,
            "request_timeout_ms": REQUEST_TIMEOUT_MS,
            **settings.security.client_arguments(),
        }
        self._security_file = settings.kafka_security
        self._watch: Reader | None = None

    def named(self, name: str) -> str:
        """What the cluster calls a topic, group or transactional id of this deployment."""
        return self.prefix + name

    def unnamed(self, topic: str) -> str:
        """The topic's own name: the reverse of ``named``."""
        return topic.removeprefix(self.prefix)

    def topic_partition(self, topic: str, partition: int) -> aiokafka.TopicPartition:
        """A partition of a topic of this deployment."""
        return aiokafka.TopicPartition(self.named(topic), partition)

    def topic_partitions(self, *topics: str) -> list[aiokafka.TopicPartition]:
        """All partitions of topics of this deployment."""
        return [self.topic_partition(topic, partition) for topic in topics for partition in range(self.partitions)]

    async def wait_until_reachable(self) -> None:
        """Return once a broker answers. Raises TimeoutError after a minute, ConfigError when brokers refuse."""
        async with asyncio.timeout(UNREACHABLE_SECONDS):
            while True:
                watch = self._reader()
                try:
                    await watch.start()
                except KafkaConnectionError:
                    await watch.stop()
                    await self._require_entry()
                    log.info("Kafka is not reachable yet", servers=self.client["bootstrap_servers"])
                    await asyncio.sleep(1)
                else:
                    self._watch = watch
                    return

    async def missing_topics(self, names: Collection[str]) -> dict[str, str]:
        """Of the topics ``names``, those without this deployment's partition count, as the cluster names them, and why.

        Raises KafkaError, and TimeoutError when no broker says so for a minute.
        """
        async with asyncio.timeout(UNREACHABLE_SECONDS):
            counts = await self._partition_counts()
        in_cluster = [self.named(name) for name in names]
        faults = {name: "does not exist" for name in in_cluster if name not in counts}
        for name in in_cluster:
            if counts.get(name, self.partitions) != self.partitions:
                faults[name] = f"has {counts[name]} partitions, not {self.partitions}"
        return faults

    async def _partition_counts(self) -> dict[str, int]:
        """Of all topics. An admin client asks one broker, which may be down while others are there."""
        while True:
            try:
                async with self.admin() as admin:
                    # All topics, not some: a cluster that makes topics by itself would make the ones asked for.
                    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(RETRY_SECONDS)

    @asynccontextmanager
    async def transactional_producer(self, transactional_id: str) -> AsyncIterator[aiokafka.AIOKafkaProducer]:
        """A producer whose start has fenced every earlier one of this id, which is named as the cluster knows it."""
        producer = aiokafka.AIOKafkaProducer(
            **{**self.client, "retry_backoff_ms": 20},
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            acks="all",
            linger_ms=0,
            compression_type=COMPRESSION,
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
        )
        try:
            await producer.start()
            yield producer
        finally:
            await producer.stop()

    async def end_offsets(
        self, topic_partitions: Iterable[aiokafka.TopicPartition]
    ) -> dict[aiokafka.TopicPartition, int]:
        """The last stable offset of each topic partition, as of some instant after the call. Raises KafkaError."""
        if self._watch is None:
            raise KafkaError("wait_until_reachable comes first")
        ends: dict[aiokafka.TopicPartition, int] = await self._watch.end_offsets(list(topic_partitions))
        return ends

    async def high_watermarks(
        self, topic_partitions: Iterable[aiokafka.TopicPartition]
    ) -> dict[aiokafka.TopicPartition, int]:
        """The end of each topic partition with all that is not committed yet. Raises KafkaError."""
        async with self.reader("read_uncommitted") as reader:
            ends: dict[aiokafka.TopicPartition, int] = await reader.end_offsets(list(topic_partitions))
            return ends

    async def committed(
        self, group: str, topic_partitions: Sequence[aiokafka.TopicPartition]
    ) -> dict[aiokafka.TopicPartition, int]:
        """The group's offsets, of those of ``topic_partitions`` that have one.

        Raises KafkaError, and TimeoutError when the group's coordinator is away for a minute.
        """
        async with asyncio.timeout(UNREACHABLE_SECONDS), connected(self.client) as offsets:
            found = await offsets.fetch(self.named(group), topic_partitions, stable=False)
        return {source: one.offset for source, one in (found or {}).items() if one.offset >= 0}

    async def log_starts_and_ends(
        self, topic_partitions: Iterable[aiokafka.TopicPartition]
    ) -> tuple[dict[aiokafka.TopicPartition, int], dict[aiokafka.TopicPartition, int]]:
        """The first offset of each topic partition, and its last stable one. Raises KafkaError."""
        asked = list(topic_partitions)
        async with self.reader() as reader:
            return await reader.beginning_offsets(asked), await reader.end_offsets(asked)

    @asynccontextmanager
    async def reader(self, isolation_level: IsolationLevel = "read_committed") -> AsyncIterator[Reader]:
        """A consumer outside any group."""
        consumer = self._reader(isolation_level)
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """An admin client. Raises ConfigError when brokers refuse us, KafkaError when none can be reached."""
        client = AIOKafkaAdminClient(**self.client)
        try:
            await client.start()
        except KafkaConnectionError:
            await self._require_entry()
            raise
        try:
            yield client
        finally:
            await client.close()

    async def close(self) -> None:
        """Let the connections go."""
        if self._watch is not None:
            await self._watch.stop()

    async def _require_entry(self) -> None:
        """Raises ConfigError when a broker is there and lets us not in, for which aiokafka has no error."""
        for server in self.client["bootstrap_servers"]:
            if refusal := await why_refused(server, self.client):
                raise ConfigError(f"{self._security_file or 'REDRESS_KAFKA_SECURITY is not set'}: {refusal}")

    def _reader(self, isolation_level: IsolationLevel = "read_committed") -> Reader:
        return Reader(
            **self.client,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level=isolation_level,
            max_partition_fetch_bytes=MAX_REQUEST_BYTES,
        )
