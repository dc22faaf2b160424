"""Lets aiokafka's transactional producer commit offsets as a member of a generation, which the coordinator checks.

This is what keeps two owners of a partition apart (KIP-447, rule 1): a worker that the group has gone on without cannot
commit offsets, and without its offsets no transaction is committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import aiokafka
from aiokafka import TopicPartition
from aiokafka.client import CoordinationType
from aiokafka.errors import KafkaError
from aiokafka.producer.sender import Sender, TxnOffsetCommitHandler
from aiokafka.structs import OffsetAndMetadata

from services.runtime.faust.membership import Membership
from services.runtime.faust.offset_requests import TxnOffsetCommit

NO_LEADER_EPOCH = -1
LEFT_BEHIND = {22: "ILLEGAL_GENERATION", 25: "UNKNOWN_MEMBER_ID", 82: "FENCED_INSTANCE_ID"}


class LeftBehind(KafkaError):  # type: ignore[misc]  # aiokafka is untyped
    """The group has gone on without this member: the transaction can only be aborted."""


class GenerationChecked(TxnOffsetCommitHandler):  # type: ignore[misc]
    """aiokafka's own handler with its retries; its request names member and generation."""

    def __init__(
        self, sender: Sender, offsets: Mapping[TopicPartition, OffsetAndMetadata], group: str, membership: Membership
    ) -> None:
        super().__init__(sender, offsets, group)
        self._membership = membership

    def create_request(self) -> TxnOffsetCommit:
        """The request for these offsets."""
        manager = self._sender._txn_manager  # noqa: SLF001
        topics: dict[str, list[Any]] = defaultdict(list)
        for place, offset in sorted(self._offsets.items()):
            topics[place.topic].append((place.partition, offset.offset, NO_LEADER_EPOCH, offset.metadata, {}))
        return TxnOffsetCommit(
            manager.transactional_id,
            self._group_id,
            manager.producer_id,
            manager.producer_epoch,
            *self._membership,
            None,
            [(topic, partitions, {}) for topic, partitions in topics.items()],
            {},
        )

    def handle_response(self, response: Any) -> float | None:
        """How long to wait before the request is sent again, in seconds; None when nothing is left to do."""
        errors = [(topic, [(number, code) for number, code, _ in found]) for topic, found, _ in response.topics]
        codes = {code for _, found in errors for _, code in found}
        if left_behind := codes & LEFT_BEHIND.keys():
            # aiokafka would take these for fatal, and leave the transaction open until it times out.
            manager = self._sender._txn_manager  # noqa: SLF001
            written = set(manager._txn_partitions)  # noqa: SLF001
            manager.error_transaction(LeftBehind(LEFT_BEHIND[min(left_behind)]))
            # It forgets what was written to, and so would send no end of the transaction: readers would wait for it.
            manager._txn_partitions |= written  # noqa: SLF001
            manager.wait_for_transaction_end().exception()  # seen: the offsets' own future raises it as well
            return None
        return super().handle_response(SimpleNamespace(errors=errors))  # type: ignore[no-any-return]


def check_generation(producer: aiokafka.AIOKafkaProducer, membership: Callable[[], Membership]) -> None:
    """Have ``producer`` commit offsets as the member that ``membership`` says, from now on."""
    sender = producer._sender  # noqa: SLF001

    async def commit(offsets: Mapping[TopicPartition, OffsetAndMetadata], group: str) -> None:
        if offsets:
            node = await sender._find_coordinator(CoordinationType.GROUP, group)  # noqa: SLF001
            await GenerationChecked(sender, offsets, group, membership()).do(node)

    sender._do_txn_offset_commit = commit  # noqa: SLF001
