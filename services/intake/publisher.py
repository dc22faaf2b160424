"""From records to the broker's acknowledgement of each, or to a quick refusal while Kafka is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import structlog
from aiokafka.errors import KafkaError

from services.intake.domain.refusals import RequestRefused
from services.intake.gathering import Gathering
from services.intake.session import Session
from services.runtime.partitioner import partition_of

RETRY_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class Record(NamedTuple):
    """One record to be kept; ``timestamp`` is in milliseconds since 1970."""

    topic: str
    key: bytes
    value: bytes
    timestamp: int
    headers: list[tuple[str, bytes]]


class KafkaAway(RequestRefused):
    """The broker's acknowledgement is not to be had."""

    def __init__(self) -> None:
        super().__init__("kafka_away", "It is not certain that this was kept; send it again")


class Publisher(Protocol):
    """Keeps records."""

    @property
    def ready(self) -> bool:
        """Whether acknowledgements are to be expected."""

    async def publish(self, *records: Record) -> None:
        """Return once the records are kept. Raises RequestRefused when that is not certain of one of them."""

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
        self._gathering = Gathering(self._publish_round)

    @property
    def ready(self) -> bool:
        """Whether acknowledgements are to be expected."""
        return self._session is not None and self._session.healthy

    async def run(self) -> None:
        """Have a session whenever Kafka is there, until cancelled."""
        reported = ""
        while True:
            try:
                session = await Session.connect(self._client, self._topics, self._partitions)
            except (KafkaError, TimeoutError, OSError, LookupError) as error:
                if reported != str(error):
                    reported = str(error)
                    logger.warning("nothing can be kept until Kafka is ready", why=reported)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            reported = ""
            logger.info("Kafka acknowledges")
            self._session = session
            try:
                await session.watch()
            finally:
                self._session = None
                await session.close()

    async def publish(self, *records: Record) -> None:
        """Return once every in-sync replica has the records. Raises RequestRefused when that is not certain."""
        self._require_session()
        if not await self._gathering.publish(*records):
            raise KafkaAway

    async def publish_all(self, records: Sequence[Record]) -> Awaitable[list[bool]]:
        """Hand the records on, in order; the answer says of each, in time, whether it is kept."""
        session = self._require_session()
        batches: list[tuple[str, int, Any]] = []
        filling: dict[tuple[str, int], int] = {}
        batch_of: list[int] = []
        for topic, key, value, timestamp, headers in records:
            place = self._prefix + topic, self._choose_partition(key)
            number = filling.get(place)
            record = {"timestamp": timestamp, "key": key, "value": value, "headers": headers}
            if number is None or batches[number][2].append(**record) is None:
                batch = session.producer.create_batch()
                batch.append(**record)
                number = filling[place] = len(batches)
                batches.append((*place, batch))
            batch_of.append(number)
        deliveries = await session.send_batches(batches)

        async def wait() -> list[bool]:
            certain = await session.await_acknowledgements(deliveries)
            return [number < len(certain) and certain[number] for number in batch_of]

        return asyncio.create_task(wait())

    async def _publish_round(self, records: Sequence[Record]) -> list[bool]:
        try:
            return await (await self.publish_all(records))
        except KafkaAway:
            return [False] * len(records)

    def _require_session(self) -> Session:
        if self._session is None or not self._session.healthy:
            raise KafkaAway
        return self._session

    def _choose_partition(self, key: bytes) -> int:
        return partition_of(key, self._partitions)
