"""Where groups stand: groups in; for each source partition the committed offset, the log's ends and its reader out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import for_code

from redress.operating.groups import OperationRefused, require_topics
from redress.reading import SOURCES
from services.runtime.kafka import Kafka


@dataclass(frozen=True)
class Position:
    """One source partition of a group. ``offset`` is the next one to read, None where none is committed.

    ``log_end`` is the last stable offset, behind which no read_committed reader sees anything. ``owner`` is the
    member that the partition is assigned to.
    """

    group: str
    topic: str
    partition: int
    offset: int | None
    log_start: int
    log_end: int
    owner: str | None

    @property
    def lag(self) -> int:
        """Offsets between where the group stands, or would begin, and the end."""
        return max(0, self.log_end - (self.log_start if self.offset is None else self.offset))

    @property
    def fault(self) -> str | None:
        """Why no worker can go on from here, if none can."""
        if self.offset is not None and self.offset < self.log_start:
            return "before the log's start"
        if self.offset is not None and self.offset > self.log_end:
            return "behind the log's end"
        return None


async def positions(kafka: Kafka, groups: Iterable[str]) -> list[Position]:
    """All source partitions of the groups, in order. Raises OperationRefused where a topic is missing, KafkaError."""
    found = []
    async with kafka.admin() as admin:
        for group in groups:
            await require_topics(kafka, [topic.name for topic in SOURCES[group]])
            places = kafka.topic_partitions(*(topic.name for topic in SOURCES[group]))
            starts, ends = await kafka.log_starts_and_ends(places)
            try:
                committed = await kafka.committed(group, places)
            except TimeoutError:
                raise OperationRefused(f"the coordinator of {group} does not answer: are all brokers up?") from None
            owners = await members(admin, kafka.named(group))
            for place in places:
                owner = next((member for member, owned in owners.items() if place in owned), None)
                offset = committed.get(place)
                topic = kafka.unnamed(place.topic)
                found.append(Position(group, topic, place.partition, offset, starts[place], ends[place], owner))
    return found


async def members(admin: AIOKafkaAdminClient, group: str) -> dict[str, set[TopicPartition]]:
    """The members of a group, as the cluster names it: each as ``host member-id``, with what is assigned to it."""
    (response,) = await admin.describe_consumer_groups([group])
    ((code, _, _, _, _, found, *_),) = response.groups
    if code:
        raise for_code(code)(f"cannot describe the group {group}")
    return {f"{host.lstrip('/')} {member}": _assigned(assignment) for member, _, host, _, assignment in found}


def _assigned(assignment: bytes) -> set[TopicPartition]:
    if not assignment:  # the group is being balanced
        return set()
    return set(ConsumerProtocolMemberAssignment.decode(BytesIO(assignment)).partitions())
