"""What happens to a transaction whose offsets the group's coordinator refuses."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.structs import OffsetAndMetadata

from services.runtime.faust.generation_check import GenerationChecked, LeftBehind
from services.runtime.faust.membership import Membership

pytestmark = pytest.mark.asyncio

SOURCE, OUTPUT = TopicPartition("source", 0), TopicPartition("output", 0)
ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID = 22, 25, 82


def open_transaction() -> TransactionManager:
    """One that has written to an output."""
    manager = TransactionManager("worker", 1_000)
    manager.set_pid_and_epoch(7, 0)
    manager.begin_transaction()
    manager.maybe_add_partition_to_txn(OUTPUT)
    manager.partition_added(OUTPUT)
    return manager


@pytest.mark.parametrize("code", [ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID])
async def test_a_worker_that_is_left_behind_can_only_abort_and_its_abort_reaches_the_broker(code):
    manager = open_transaction()
    sender = SimpleNamespace(_txn_manager=manager, _retry_backoff=0.1)
    handler = GenerationChecked(sender, {SOURCE: OffsetAndMetadata(3, "worker")}, "group", Membership(1, "member"))
    answer = SimpleNamespace(topics=[(SOURCE.topic, [(SOURCE.partition, code, {})], {})])
    assert handler.handle_response(answer) is None
    with pytest.raises(LeftBehind):
        manager.committing_transaction()
    manager.aborting_transaction()
    assert not manager.is_empty_transaction(), "nothing would be sent, and readers would wait until it times out"
