"""What a group has committed, with who committed it; and the end of what somebody who is gone has left open."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import ConcurrentTransactions, KafkaError, for_code
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
        self, group: str, sources: Iterable[TopicPartition], *, stable: bool
    ) -> dict[TopicPartition, Committed] | None:
        """The group's offset for each of ``sources``; None with ``stable`` while an open transaction holds one.

        Asks again while no coordinator answers; the caller bounds the time. Raises KafkaError.
        """
        topics: dict[str, list[int]] = defaultdict(list)
        for source in sources:
            topics[source.topic].append(source.partition)
        wanted = {TopicPartition(topic, number) for topic, numbers in topics.items() for number in numbers}
        request = OffsetFetch(group, [(topic, numbers, {}) for topic, numbers in topics.items()], stable, {})
        while True:
            with suppress(_Retry):
                answer = await self._ask(CoordinationType.GROUP, group, request)
                found = {
                    TopicPartition(topic, number): (offset, metadata or "", code)
                    for topic, partitions, _ in answer.topics
                    for number, offset, _, metadata, code, _ in partitions
                }
                codes = {answer.error_code, *(code for *_, code in found.values())} - {0}
                if codes == {UNSTABLE_OFFSET_COMMIT}:
                    return None
                # An answer without errors that names less than was asked for comes from a coordinator that moves.
                if not codes and found.keys() >= wanted:
                    return {source: Committed(offset, by) for source, (offset, by, _) in found.items()}
                for code in codes - {UNSTABLE_OFFSET_COMMIT}:
                    if not for_code(code).retriable:
                        raise for_code(code)(f"the offsets of {group} cannot be fetched")
            await self._pause()

    async def fence(self, transactional_id: str, timeout_ms: int) -> None:
        """End what the producer of this id has left open, and let it commit nothing more.

        Raises KafkaError. Nothing happens where the cluster has forgotten the id.
        """
        while True:
            with suppress(_Retry):
                request = InitProducerIdRequest(transactional_id, timeout_ms)
                answer = await self._ask(CoordinationType.TRANSACTION, transactional_id, request)
                if not answer.error_code:
                    return
                error = for_code(answer.error_code)
                # ConcurrentTransactions says that the end of what was open is still being written.
                if not (error.retriable or error is ConcurrentTransactions):
                    raise error(f"{transactional_id} cannot be fenced")
            await self._pause()

    async def describe(self, group: str) -> Group:
        """Who is in the group. Raises KafkaError."""
        while True:
            with suppress(_Retry):
                answer = await self._ask(CoordinationType.GROUP, group, DescribeGroupsRequest([group]))
                ((code, _, _, _, assignor, members, *_),) = answer.groups
                if not code:
                    return Group(assignor, frozenset(client_id for _, client_id, *_ in members))
                if not for_code(code).retriable:
                    raise for_code(code)(f"the group {group} cannot be described")
            await self._pause()

    async def _ask(self, kind: CoordinationType, key: str, request: Any) -> Any:
        try:
            return await self._client.send(await self._client.coordinator_lookup(kind, key), request)
        except KafkaError as error:
            if not error.retriable:
                raise
            raise _Retry from error

    async def _pause(self) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        with suppress(KafkaError):
            await self._client.force_metadata_update()


class _Retry(Exception):
    """No coordinator answered."""


@asynccontextmanager
async def connected(client_arguments: Mapping[str, Any]) -> AsyncIterator[CommittedOffsets]:
    """One that is connected within the block. Raises KafkaConnectionError."""
    client = AIOKafkaClient(**client_arguments)
    await client.bootstrap()
    try:
        yield CommittedOffsets(client)
    finally:
        await client.close()
