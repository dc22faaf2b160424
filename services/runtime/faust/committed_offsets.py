"""What a group has committed, with who committed it; and the end of what somebody who is gone has left open."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import ConcurrentTransactions, KafkaError, NotCoordinatorForGroupError, for_code
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.transaction import InitProducerIdRequest

from services.runtime.faust.offset_requests import OffsetFetch

UNSTABLE_OFFSET_COMMIT = 88
RETRY_SECONDS = 0.1


class Committed(NamedTuple):
    """The next offset to read, -1 where none is committed; and the transactional id of who committed it, if any."""

    offset: int
    by: str


class Group(NamedTuple):
    """How a group's partitions are assigned ("" while that is not settled), and its members' client ids.

    A worker's client id is its transactional id.
    """

    assignor: str
    client_ids: frozenset[str]


class CommittedOffsets:
    """Asks the coordinators of one cluster. Make one with ``connected``."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    async def fetch(
        self, group: str, topic_partitions: Iterable[TopicPartition], *, stable: bool
    ) -> dict[TopicPartition, Committed] | None:
        """The group's offset for each of them; None with ``stable`` while an open transaction holds one.

        Asks again while no coordinator answers; the caller bounds the time. Raises KafkaError.
        """
        topics: dict[str, list[int]] = defaultdict(list)
        for topic_partition in topic_partitions:
            topics[topic_partition.topic].append(topic_partition.partition)
        wanted = {TopicPartition(topic, number) for topic, numbers in topics.items() for number in numbers}

        def codes(answer: Any) -> set[int]:
            named = {TopicPartition(topic, one[0]) for topic, partitions, _ in answer.topics for one in partitions}
            found = {answer.error_code, *(one[4] for _, partitions, _ in answer.topics for one in partitions)}
            # An answer without errors that names less than was asked for comes from a coordinator that moves.
            return found if named >= wanted else {*found, NotCoordinatorForGroupError.errno}

        request = OffsetFetch(group, [(topic, numbers, {}) for topic, numbers in topics.items()], stable, {})
        answer = await self._ask(CoordinationType.GROUP, group, request, codes, UNSTABLE_OFFSET_COMMIT)
        if UNSTABLE_OFFSET_COMMIT in codes(answer):
            return None
        return {
            TopicPartition(topic, number): Committed(offset, metadata or "")
            for topic, partitions, _ in answer.topics
            for number, offset, _, metadata, _, _ in partitions
        }

    async def fence(self, transactional_id: str, timeout_ms: int) -> None:
        """End what the producer of this id has left open, and let it commit nothing more.

        Raises KafkaError. Nothing happens where the cluster has forgotten the id.
        """
        request = InitProducerIdRequest(transactional_id, timeout_ms)
        await self._ask(CoordinationType.TRANSACTION, transactional_id, request, lambda answer: {answer.error_code})

    async def describe(self, group: str) -> Group:
        """Who is in the group. Raises KafkaError."""
        request = DescribeGroupsRequest([group])
        answer = await self._ask(CoordinationType.GROUP, group, request, lambda answer: {answer.groups[0][0]})
        ((_, _, _, _, assignor, members, *_),) = answer.groups
        return Group(assignor, frozenset(client_id for _, client_id, *_ in members))

    async def _ask(
        self, kind: CoordinationType, key: str, request: Any, codes: Callable[[Any], set[int]], accepted: int = 0
    ) -> Any:
        """The coordinator's answer, asked for again for as long as time may mend what it says or that it says nothing.

        ``codes`` finds its error codes; all but ``accepted`` are raised.
        """
        while True:
            try:
                answer = await self._client.send(await self._client.coordinator_lookup(kind, key), request)
                errors = [for_code(code) for code in codes(answer) - {0, accepted}]
                if not errors:
                    return answer
                for error in sorted(errors, key=lambda error: error.retriable):  # what time does not mend comes first
                    # ConcurrentTransactions says that the end of what was open is still being written.
                    if error is not ConcurrentTransactions:
                        raise error(f"asked about {key}")
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(RETRY_SECONDS)
            with suppress(KafkaError):
                await self._client.force_metadata_update()


@asynccontextmanager
async def connected(client_arguments: Mapping[str, Any]) -> AsyncIterator[CommittedOffsets]:
    """One that is connected within the block. Raises KafkaConnectionError."""
    client = AIOKafkaClient(**client_arguments)
    await client.bootstrap()
    try:
        yield CommittedOffsets(client)
    finally:
        await client.close()
