"""Sets where a group goes on in one source partition, by the means that its workers commit with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from aiokafka import TopicPartition

from redress.operating.commanding import command
from redress.operating.groups import OperationRefused, require_topics
from redress.operating.positions import Position, members, positions
from redress.reading import SOURCES
from schemas.topics import OPERATOR_COMMANDS
from services.runtime.faust.committed_offsets import connected
from services.runtime.kafka import Kafka
from services.runtime.takeover import Takeover

LEAVE_SECONDS = 20.0
"""A worker that was killed, or stopped by itself, stays a member for a session timeout, which is 10 seconds."""
LOOK_AGAIN_SECONDS = 0.5


async def set_offset(
    kafka: Kafka, group: str, place: TopicPartition, to: int | Literal["start", "end"], tell: Callable[[str], None]
) -> tuple[Position, int]:
    """Let the group go on at ``to``. Returns where it stood, and the offset it stands at now.

    What was allowed there is withdrawn in the same transaction, and a pause there ends. Raises OperationRefused while
    the group has members, and for an offset outside the log; ``tell`` hears what is waited for.
    """
    await require_topics(kafka, [OPERATOR_COMMANDS.name])
    await _until_nobody_is_left(kafka, group, tell)
    before = {(one.topic, one.partition): one for one in await positions(kafka, [group])}.get(place)
    if before is None:
        raise OperationRefused(f"{place.topic} has no partition {place.partition}; it has 0 to {kafka.partitions - 1}")
    offset = {"start": before.log_start, "end": before.log_end}[to] if isinstance(to, str) else to
    if not before.log_start <= offset <= before.log_end:
        raise OperationRefused(
            f"{place.topic}-{place.partition} holds the offsets from {before.log_start} to {before.log_end}: "
            f"{offset} is none of them"
        )
    sources = kafka.topic_partitions(*(topic.name for topic in SOURCES[group]))
    async with (
        connected(kafka.client) as offsets,
        kafka.transactional_producer(kafka.named(f"{group}-offsets-set")) as producer,
    ):
        # A worker that only sleeps must not commit over this when it wakes: what it has begun is ended here, and what
        # it begins then is refused, since the group has gone on without it.
        await Takeover(offsets, kafka.named(group), tell).fence_absent(sources)
        async with producer.transaction():
            await producer.send_and_wait(**command(kafka, group, place, until=0))
            await producer.send_offsets_to_transaction(
                {kafka.topic_partition(place.topic, place.partition): offset}, kafka.named(group)
            )
            # Who joins from now on waits for this transaction; who has joined before may have read the old offset.
            if (await offsets.describe(kafka.named(group))).client_ids:
                raise OperationRefused(f"a worker of {group} has started meanwhile: stop it, then set the offset")
    return before, offset


async def _until_nobody_is_left(kafka: Kafka, group: str, tell: Callable[[str], None]) -> None:
    async with kafka.admin() as admin:
        left = await members(admin, kafka.named(group))
        if not left:
            return
        tell(f"waiting up to {LEAVE_SECONDS:.0f} s for the members of {group} to leave; {len(left)} are left")
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                while await members(admin, kafka.named(group)):  # noqa: ASYNC110 - the broker knows
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise OperationRefused(f"{group} has members: stop all its workers, then set the offset") from None
