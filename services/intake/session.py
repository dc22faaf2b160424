"""One Kafka producer, from its connection until it is given up: acknowledgements out, or a quick failure of all.

aiokafka's idempotent producer tries for ever, and what it holds it would still deliver after its senders were told
that nothing is kept. So a producer in doubt is given up with all it holds, and the next session has a new one, with
a sequence that the broker has not seen. What was on the wire already may arrive: derived ids fold it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed

DELIVERY_SECONDS = 5.0
"""How long a broker may take to acknowledge; a request waits no longer."""

PROBE_SECONDS = 2.0
BATCH_BYTES = 256 * 1024

logger = structlog.get_logger(__name__)


class Session:
    """A connected producer. Failures of any delivery end it, for all."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self._waiting: set[asyncio.Future[Any]] = set()
        self._in_doubt = asyncio.Event()

    @property
    def healthy(self) -> bool:
        """Whether it has not been given up."""
        return not self._in_doubt.is_set()

    @classmethod
    async def connect(cls, client: Mapping[str, Any], topics: Sequence[str], partitions: int) -> Session:
        """A session with a cluster that has ``topics``. Raises KafkaError, TimeoutError, OSError or LookupError."""
        producer = AIOKafkaProducer(
            **client,
            client_id="redress-intake",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=int(DELIVERY_SECONDS * 1000),
            max_batch_size=BATCH_BYTES,
        )
        try:
            async with asyncio.timeout(2 * DELIVERY_SECONDS):
                await producer.start()
                cluster = await producer.client.fetch_all_metadata()
            for topic in topics:
                check_partitions(topic, cluster.partitions_for_topic(topic) or set(), partitions)
        except BaseException:
            await _stop(producer)
            raise
        return cls(producer)

    async def send_batches(self, batches: Sequence[tuple[str, int, Any]]) -> list[asyncio.Future[Any]]:
        """Hand batches on, in order; a delivery for each, as far as the producer took them."""
        deliveries: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                for topic, partition, batch in batches:
                    deliveries.append(await self.producer.send_batch(batch, topic, partition=partition))
        except (KafkaError, TimeoutError) as error:
            self.give_up(error)
        return deliveries

    async def await_acknowledgements(self, deliveries: Sequence[asyncio.Future[Any]]) -> list[bool]:
        """Of each delivery, once all are decided, whether it is certain."""
        if not deliveries:
            return []
        # Shielded: a timeout would cancel the deliveries, whose errors nobody could then take.
        all_decided = asyncio.gather(*deliveries, return_exceptions=True)
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(DELIVERY_SECONDS):
                await self._await_delivery(asyncio.shield(all_decided))
        errors = [delivery.exception() if delivery.done() else TimeoutError() for delivery in deliveries]
        for error in filter(None, errors):
            self.give_up(error)
        return [error is None for error in errors]

    def give_up(self, error: BaseException) -> None:
        """Fail all that waits, at once, and end ``watch``."""
        if self._in_doubt.is_set():
            return
        logger.warning("Kafka does not acknowledge", error=type(error).__name__)
        self._in_doubt.set()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(ProducerClosed())

    async def watch(self) -> None:
        """Return when the session is given up; give it up when no broker answers."""
        while not self._in_doubt.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PROBE_SECONDS):
                    await self._in_doubt.wait()
                    return
            try:
                async with asyncio.timeout(DELIVERY_SECONDS):
                    await self.producer.client.fetch_all_metadata()
            except (KafkaError, TimeoutError) as error:
                self.give_up(error)

    async def close(self) -> None:
        """Deliver what a healthy producer holds; drop what a doubtful one holds."""
        if self._in_doubt.is_set():
            await _drop(self.producer)
        else:
            await _stop(self.producer)

    async def _await_delivery(self, delivery: asyncio.Future[Any]) -> None:
        if self._in_doubt.is_set():
            raise ProducerClosed
        self._waiting.add(delivery)
        try:
            await delivery
        finally:
            self._waiting.discard(delivery)
            if delivery.done() and not delivery.cancelled():
                delivery.exception()  # Taken, also where a timeout comes at the same time.


def check_partitions(topic: str, found: set[int], wanted: int) -> None:
    """Raises LookupError unless the topic has as many partitions as it should."""
    if not found:
        raise LookupError(f"the topic {topic} does not exist: run `redress topics apply`")
    if len(found) != wanted:
        raise LookupError(f"{topic} has {len(found)} partitions, REDRESS_PARTITIONS says {wanted}")


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(2 * DELIVERY_SECONDS):
            await producer.stop()
    except (KafkaError, TimeoutError):
        await producer.client.close()


async def _drop(producer: Any) -> None:
    """Stop a producer without delivering what it holds, for which aiokafka has no public way.

    Its sender goes first, and what it would have sent goes with it, or ``stop`` would wait until all is delivered.
    """
    sending, held = producer._sender.sender_task, producer._message_accumulator  # noqa: SLF001
    sending.cancel()
    await asyncio.wait([sending], timeout=DELIVERY_SECONDS)
    sending.cancel()
    held._batches.clear()  # noqa: SLF001
    held._pending_batches.clear()  # noqa: SLF001
    await _stop(producer)
