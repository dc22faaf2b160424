"""From records to the broker's acknowledgement of each, or to a quick refusal while Kafka is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import structlog
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from services.intake.domain.refusals import Refused
from services.intake.session import Session

RETRY_SECONDS = 1.0

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
    """Keeps records in Kafka. ``run`` must be running: it makes sessions, one after the other.

    ``prefix`` is the deployment's, before the name of every topic.
    """

    def __init__(self, client: Mapping[str, Any], topics: Sequence[str], partitions: int, *, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix
        self._topics = [prefix + topic for topic in topics]
        self._partitions = partitions
        self._session: Session | None = None

    @property
    def ready(self) -> bool:
        """Whether acknowledgements are to be expected."""
        return self._session is not None and self._session.healthy

    async def run(self) -> None:
        """Have a session whenever Kafka is there, until cancelled."""
        said = ""
        while True:
            try:
                session = await Session.connect(self._client, self._topics, self._partitions)
            except (KafkaError, TimeoutError, OSError, LookupError) as error:
                if said != str(error):
                    said = str(error)
                    logger.warning("nothing can be kept until Kafka is ready", why=said)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            said = ""
            logger.info("Kafka acknowledges")
            self._session = session
            try:
                await session.watch()
            finally:
                self._session = None
                await session.close()

    async def publish(self, record: Record) -> None:
        """Return once every in-sync replica has the record. Raises Refused when that is not certain."""
        topic, key, value, timestamp, headers = record
        try:
            await self._present().send(self._prefix + topic, value, key, self._home(key), timestamp, headers)
        except (KafkaError, TimeoutError):
            raise away() from None

    async def publish_all(self, records: Sequence[Record]) -> Awaitable[list[bool]]:
        """Hand the records on, in order; the answer says of each, in time, whether it is kept."""
        session = self._present()
        batches: list[tuple[str, int, Any]] = []
        filling: dict[tuple[str, int], int] = {}
        stands_in: list[int] = []
        for topic, key, value, timestamp, headers in records:
            place = self._prefix + topic, self._home(key)
            number = filling.get(place)
            record = {"timestamp": timestamp, "key": key, "value": value, "headers": headers}
            if number is None or batches[number][2].append(**record) is None:
                batch = session.producer.create_batch()
                batch.append(**record)
                number = filling[place] = len(batches)
                batches.append((*place, batch))
            stands_in.append(number)
        deliveries = await session.send_batches(batches)

        async def kept() -> list[bool]:
            certain = await session.acknowledged(deliveries)
            return [number < len(certain) and certain[number] for number in stands_in]

        return asyncio.create_task(kept())

    def _present(self) -> Session:
        if self._session is None or not self._session.healthy:
            raise away()
        return self._session

    def _home(self, key: bytes) -> int:
        return int(murmur2(key) & 0x7FFFFFFF) % self._partitions


def away() -> Refused:
    """What to raise when the broker's acknowledgement is not to be had."""
    return Refused("kafka_away", "It is not certain that this was kept; send it again")
