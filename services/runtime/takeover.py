"""Taking a partition over from whoever owned it: wait for what is still being committed, and end what nobody will end.

A worker's transactional id stands beside each offset that it committed, and is its client id in the group too. Where an
open transaction holds offsets or rows back and that worker is no member any more, its producer is fenced, which aborts
the transaction. This is only to be quick: Kafka would end it itself after TRANSACTION_TIMEOUT_MS, in which all readers
of its outputs wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.faust.committed_offsets import Committed, CommittedOffsets
from services.runtime.kafka import STANDSTILL_SECONDS, TRANSACTION_TIMEOUT_MS

WAIT_SECONDS = 0.1
WAITS_BEFORE_FENCING = 5
"""A worker that leaves in order ends its transaction within this time."""


class Takeover:
    """Of partitions of one group, named as the cluster knows it."""

    def __init__(self, offsets: CommittedOffsets, group: str, tell: Callable[[str], object]) -> None:
        """``tell`` hears whom it fenced."""
        self._offsets = offsets
        self._group = group
        self._tell = tell

    async def stable_offsets(self, sources: list[TopicPartition]) -> dict[TopicPartition, Committed]:
        """The group's offset of each source, once no open transaction holds one.

        Raises TimeoutError after two minutes, and KafkaError.
        """
        waits = 0
        async with asyncio.timeout(STANDSTILL_SECONDS):
            while True:
                found = await self._offsets.fetch(self._group, sources, stable=True)
                if found is not None:
                    return found
                waits += 1
                if not waits % WAITS_BEFORE_FENCING:
                    await self.fence_absent(sources)
                await asyncio.sleep(WAIT_SECONDS)

    async def fence_absent(self, sources: Iterable[TopicPartition]) -> None:
        """Fence those who committed for ``sources`` last and are no members of the group any more."""
        with suppress(KafkaError):  # Kafka ends it, later
            found = await self._offsets.fetch(self._group, sources, stable=False)
            writers = {committed.by for committed in (found or {}).values() if committed.by}
            for writer in writers and writers - (await self._offsets.describe(self._group)).client_ids:
                await self._offsets.fence(writer, TRANSACTION_TIMEOUT_MS)
                self._tell(f"ended what {writer} left open, which is no member of its group any more")
