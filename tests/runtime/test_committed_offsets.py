"""A group's offsets, asked of coordinators that move, refuse or are away."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    InvalidGroupIdError,
    NodeNotReadyError,
)

from services.runtime.faust import committed_offsets
from services.runtime.faust.committed_offsets import Committed, CommittedOffsets

pytestmark = pytest.mark.asyncio

READ, UNREAD = TopicPartition("topic", 0), TopicPartition("topic", 1)
NOT_COORDINATOR, UNSTABLE, CONCURRENT_TRANSACTIONS = 16, 88, 51


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(committed_offsets, "RETRY_SECONDS", 0)


class Coordinator:
    """Gives these answers, one after the other; an exception is raised."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)

    async def coordinator_lookup(self, kind, key):
        return 0

    async def force_metadata_update(self):
        pass

    async def send(self, node, request):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def offsets_are(*partitions, error_code=0) -> SimpleNamespace:
    """An answer to OffsetFetch; each partition as number, offset, who committed it and its error."""
    found = [(number, offset, -1, by, code, {}) for number, offset, by, code in partitions]
    return SimpleNamespace(error_code=error_code, topics=[("topic", found, {})] if found else [])


KNOWN = offsets_are((0, 7, "worker", 0), (1, -1, "", 0))


async def fetched(*answers, stable=False):
    return await CommittedOffsets(Coordinator(*answers)).fetch("group", [READ, UNREAD], stable=stable)


@pytest.mark.parametrize(
    "meanwhile",
    [
        GroupCoordinatorNotAvailableError(),
        NodeNotReadyError(),
        offsets_are(error_code=NOT_COORDINATOR),
        offsets_are(),
        offsets_are((0, 7, "worker", 0)),
        offsets_are((0, 7, "worker", 0), (1, -1, "", NOT_COORDINATOR)),
    ],
    ids=["away", "down", "moved", "names none", "names some", "moved for one"],
)
async def test_a_groups_offsets_are_asked_for_again_while_its_coordinator_moves(meanwhile):
    assert await fetched(meanwhile, KNOWN) == {READ: Committed(7, "worker"), UNREAD: Committed(-1, "")}


async def test_offsets_that_an_open_transaction_holds_are_none_yet():
    assert await fetched(offsets_are((0, 7, "worker", UNSTABLE), (1, -1, "", 0)), stable=True) is None


@pytest.mark.parametrize("answer", [GroupAuthorizationFailedError("group"), offsets_are(error_code=24)])
async def test_what_time_does_not_mend_is_raised(answer):
    with pytest.raises((GroupAuthorizationFailedError, InvalidGroupIdError)):
        await fetched(answer)


async def test_a_coordinator_that_never_comes_back_is_not_taken_for_a_group_without_offsets():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await fetched(*[offsets_are()] * 1_000_000)


async def test_a_producer_is_fenced_once_the_end_of_its_transaction_is_written():
    codes = [NOT_COORDINATOR, CONCURRENT_TRANSACTIONS, 0]
    coordinator = Coordinator(*(SimpleNamespace(error_code=code) for code in codes))
    await CommittedOffsets(coordinator).fence("worker", 1_000)
    assert coordinator.answers == []
