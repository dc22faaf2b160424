"""From records to the broker's acknowledgement of each, or to a quick refusal while Kafka is away.

What is refused is dropped here and now: a producer in doubt is given up with all it holds, and a new one is made.
So nothing is kept secretly, memory is bounded by the requests that wait, and an idempotent producer whose sequence
the broker no longer accepts does not live on. What was already on the wire may still arrive: derived ids fold it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed
from aiokafka.partitioner import murmur2

from services.intake.domain.refusals import Refused

DELIVERY_SECONDS = 5.0
"""How long a broker may take to acknowledge; a request waits no longer."""

PROBE_SECONDS = 2.0
RETRY_SECONDS = 0.5
BATCH_BYTES = 256 * 1024

logger = structlog.get_logger(__name__)


class Record(NamedTuple):
    """One record to be kept; ``timestamp`` is in milliseconds since 1970."""

    topic: str
    key: bytes
    value: bytes
    timestamp: int
    headers: list[tuple[str, bytes]]


class Publisher(Protocol):
    """Keeps records."""

    @property
    def ready(self) -> bool:
        """Whether acknowledgements are to be expected."""

    async def publish(self, record: Record) -> None:
        """Return once the record is kept. Raises Refused when that is not certain."""

    async def publish_all(self, records: Sequence[Record]) -> Awaitable[list[bool]]:
        """Hand the records on, in order; the answer says of each, in time, whether it is kept."""


class KafkaPublisher:
    """Keeps records in Kafka. ``run`` must be running; it makes producers and gives them up."""

    def __init__(
        self, bootstrap: Sequence[str], security: dict[str, Any], topics: Sequence[str], partitions: int
    ) -> None:
        self._bootstrap = list(bootstrap)
        self._security = security
        self._topics = tuple(topics)
        self._partitions = partitions
        self._producer: AIOKafkaProducer | None = None
        self._in_doubt = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether acknowledgements are to be expected."""
        return self._producer is not None

    async def run(self) -> None:
        """Have a producer whenever Kafka is there, until cancelled; then flush it."""
        said = ""
        while True:
            try:
                producer = await self._connected()
            except (KafkaError, TimeoutError, OSError, LookupError) as error:
                if said != str(error):
                    said = str(error)
                    logger.warning("nothing can be kept until Kafka is ready", why=said)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            said = ""
            logger.info("Kafka acknowledges", brokers=self._bootstrap)
            self._in_doubt.clear()
            self._producer = producer
            try:
                await self._watch(producer)
            finally:
                self._producer = None
                await _stop(producer)

    async def publish(self, record: Record) -> None:
        """Return once every in-sync replica has the record. Raises Refused when that is not certain."""
        producer = self._present()
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await producer.send_and_wait(
                    record.topic, record.value, record.key, self._home(record.key), record.timestamp, record.headers
                )
        except (KafkaError, TimeoutError) as error:
            self._give_up(producer, error)
            raise away() from None

    async def publish_all(self, records: Sequence[Record]) -> Awaitable[list[bool]]:
        """Hand the records on, in order; the answer says of each, in time, whether it is kept."""
        producer = self._present()
        batches: list[tuple[str, int, Any, list[int]]] = []
        filling: dict[tuple[str, int], tuple[Any, list[int]]] = {}
        for index, (topic, key, value, timestamp, headers) in enumerate(records):
            home = self._home(key)
            batch, held = filling.get((topic, home), (None, []))
            if batch is None or batch.append(timestamp=timestamp, key=key, value=value, headers=headers) is None:
                batch, held = filling[topic, home] = producer.create_batch(), []
                batch.append(timestamp=timestamp, key=key, value=value, headers=headers)
                batches.append((topic, home, batch, held))
            held.append(index)
        deliveries: dict[asyncio.Future[Any], list[int]] = {}
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                for topic, home, batch, held in batches:
                    deliveries[await producer.send_batch(batch, topic, partition=home)] = held
        except (KafkaError, TimeoutError) as error:
            self._give_up(producer, error)
        return asyncio.create_task(self._kept(producer, deliveries, len(records)))

    async def _kept(
        self, producer: AIOKafkaProducer, deliveries: dict[asyncio.Future[Any], list[int]], count: int
    ) -> list[bool]:
        kept = [False] * count
        if not deliveries:
            return kept
        await asyncio.wait(deliveries, timeout=DELIVERY_SECONDS)
        for delivery, held in deliveries.items():
            error = delivery.exception() if delivery.done() else TimeoutError()
            if error is not None:
                self._give_up(producer, error)
                continue
            for index in held:
                kept[index] = True
        return kept

    async def _connected(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id="redress-intake",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=int(DELIVERY_SECONDS * 1000),
            max_batch_size=BATCH_BYTES,
            **self._security,
        )
        try:
            async with asyncio.timeout(2 * DELIVERY_SECONDS):
                await producer.start()
            for topic in self._topics:
                self._check(topic, producer.client.cluster.partitions_for_topic(topic) or set())
        except BaseException:
            await producer.stop()
            raise
        return producer

    def _check(self, topic: str, partitions: set[int]) -> None:
        if not partitions:
            raise LookupError(f"the topic {topic} does not exist: run `redress topics apply`")
        if len(partitions) != self._partitions:
            raise LookupError(f"{topic} has {len(partitions)} partitions, REDRESS_PARTITIONS says {self._partitions}")

    async def _watch(self, producer: AIOKafkaProducer) -> None:
        """Return when the producer is in doubt, or no broker answers."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PROBE_SECONDS):
                    await self._in_doubt.wait()
                return
            try:
                async with asyncio.timeout(DELIVERY_SECONDS):
                    await producer.client.fetch_all_metadata()
            except (KafkaError, TimeoutError) as error:
                self._give_up(producer, error)

    def _present(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise away()
        return self._producer

    def _give_up(self, producer: AIOKafkaProducer, error: BaseException) -> None:
        """Fail all that waits for this producer, at once; ``run`` replaces it."""
        if producer is not self._producer:
            return
        logger.warning("Kafka does not acknowledge", error=type(error).__name__)
        self._producer = None
        self._in_doubt.set()
        _fail_waiting(producer)

    def _home(self, key: bytes) -> int:
        return int(murmur2(key) & 0x7FFFFFFF) % self._partitions


def away() -> Refused:
    """What to raise when the broker's acknowledgement is not to be had."""
    return Refused("kafka_away", "It is not certain that this was kept; send it again")


def _fail_waiting(producer: Any) -> None:
    """An aiokafka producer cannot be told to give up, and tries for ever; its own sender fails it in this way."""
    producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001


async def _stop(producer: AIOKafkaProducer) -> None:
    """Flush what a healthy producer holds; one that was given up holds nothing."""
    try:
        async with asyncio.timeout(2 * DELIVERY_SECONDS):
            await producer.stop()
    except (KafkaError, TimeoutError):
        await producer.client.close()
