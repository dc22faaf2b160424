"""The bench's Kafka: topics made anew for each run, the input put in, what comes out watched and read back."""

from __future__ import annotations

import asyncio
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from bench.workload import Complaint
from redress.topics import apply_topics
from schemas.headers import Header
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, queue_topic
from services.config.folder import SHIPPED
from services.router.settings import load_queues
from services.runtime.settings import RuntimeSettings

WAIT_SECONDS = 0.05
READ_AT_ONCE = 20_000
NOT_YET = (
    KafkaError.NON_EMPTY_GROUP,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.FENCED_LEADER_EPOCH,
)
"""What a broker answers that has just made a topic, or still knows a member that has gone."""
FOREIGN_HEADERS = ("correlation_id",)
"""What FastStream adds to everything it publishes."""
RECORDED_AT = re.compile(rb'"recorded_at":"[^"]*"')

Place = tuple[str, int]
Digests = dict[tuple[str, bytes], bytes]
"""Of each output, by topic and key: a hash of its value without recorded_at, and of its headers."""


@dataclass(frozen=True)
class Look:
    """What a read_committed reader could see of complaints-routed: the last stable offset of each partition.

    ``at`` is in seconds since 1970.
    """

    at: float
    ends: dict[Place, int]

    @property
    def positions(self) -> int:
        """As many decisions as there can be: Kafka's own marks in the log count too."""
        return sum(self.ends.values())


@dataclass
class Outputs:
    """What one row wrote, as a read_committed reader finds it. Offsets are in order, without Kafka's own marks.

    ``decided`` is when each decision was made, as its Kafka timestamp says, in seconds since 1970.
    """

    offsets: dict[Place, list[int]] = field(default_factory=dict)
    decided: list[float] = field(default_factory=list)
    digests: Digests = field(default_factory=dict)
    written: int = 0

    def decisions(self, look: Look) -> int:
        """How many decisions were visible at a look."""
        return sum(bisect_left(self.offsets[place], end) for place, end in look.ends.items() if place in self.offsets)


@dataclass(frozen=True)
class Job:
    """Where a job reads and writes: one decision for each input, and perhaps more.

    ``own`` are topics beside those that a deployment declares, with their settings.
    """

    source: str
    decisions: str
    others: tuple[str, ...] = ()
    own: tuple[tuple[str, dict[str, str]], ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every topic it writes to."""
        return (self.decisions, *self.others)


ROUTING = Job(
    COMPLAINT_EVENTS.name,
    COMPLAINTS_ROUTED.name,
    tuple(queue_topic(queue).name for queue in load_queues(RuntimeSettings(config=SHIPPED)).names),
)


class Cluster:
    """Topics, offsets and records of one Kafka, as one job sees them."""

    def __init__(self, settings: RuntimeSettings, job: Job = ROUTING) -> None:
        self._settings = settings
        self._job = job
        self._client = {"bootstrap.servers": settings.kafka, "log_level": 2}
        self._admin = AdminClient(self._client)

    def clear(self) -> None:
        """Have every topic empty, the input too, with as many partitions as the settings say."""
        self._renew_topics(keep=set())

    def renew(self, group: str) -> None:
        """Have every topic but the input empty, and a consumer group forgotten."""
        self._renew_topics(keep={self._job.source})
        self.forget(group)

    def forget(self, *groups: str) -> None:
        """Have consumer groups without members and offsets."""
        for group in groups:
            _once_possible(lambda group=group: self._forget(group))  # type: ignore[misc]

    def fill(self, records: Iterable[Complaint]) -> int:
        """Put records into the input. Returns how many there were."""
        producer = Producer({**self._client, "partitioner": "murmur2_random", "linger.ms": 20})
        count = 0
        for count, one in enumerate(records, start=1):
            producer.produce(self._job.source, one.value, one.key, headers=one.headers)
            if not count % READ_AT_ONCE:
                producer.flush()
        producer.flush()
        return count

    def look(self) -> Look:
        """The ends of the decisions' topic now."""
        ends = self.ends([self._job.decisions])
        return Look(time.time(), ends)

    def ends(self, topics: Iterable[str]) -> dict[Place, int]:
        """The last stable offset of each partition of the topics now."""
        numbers = range(self._settings.partitions)
        places = {TopicPartition(topic, number): OffsetSpec.latest() for topic in topics for number in numbers}
        found = self._admin.list_offsets(places, isolation_level=IsolationLevel.READ_COMMITTED)
        return {(place.topic, place.partition): answer.result().offset for place, answer in found.items()}

    def read_back(self) -> Outputs:
        """All outputs up to now."""
        ends = {place: end for place, end in self.ends(self._job.outputs).items() if end}
        outputs = Outputs({place: [] for place in ends})
        reader = Consumer(
            {
                **self._client,
                "group.id": "bench-reader",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )
        reader.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in ends])
        unread = set(ends)
        while unread:
            for message in reader.consume(READ_AT_ONCE, timeout=0.2):
                place = (message.topic(), message.partition())
                if message.error() is None:
                    outputs.offsets[place].append(message.offset())
                    outputs.digests[place[0], message.key()] = digest(message.value(), message.headers() or ())
                    outputs.written += 1
                    if place[0] == self._job.decisions:
                        outputs.decided.append(message.timestamp()[1] / 1000)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    unread.discard(place)
                else:
                    raise KafkaException(message.error())
        reader.close()
        return outputs

    def _renew_topics(self, keep: set[str]) -> None:
        names = set(self._admin.list_topics().topics) - keep
        old = sorted(name for name in names if not name.startswith("__"))
        if old:
            _wait(self._admin.delete_topics(old))
        while set(old) & set(self._admin.list_topics().topics):
            time.sleep(WAIT_SECONDS)
        asyncio.run(apply_topics(self._settings))
        there = self._admin.list_topics().topics
        own = [NewTopic(name, self._settings.partitions, 1, config=config) for name, config in self._job.own]
        new = [topic for topic in own if topic.topic not in there]
        if new:
            _wait(self._admin.create_topics(new))
        # The client remembers for good that a topic is not there, so nothing asks for its ends before it is.
        while not {topic.topic for topic in own} <= set(self._admin.list_topics().topics):
            time.sleep(WAIT_SECONDS)
        _once_possible(lambda: self.ends([self._job.source, *self._job.outputs]))

    def _forget(self, group: str) -> None:
        known = self._admin.list_consumer_groups().result().valid
        if group in [one.group_id for one in known]:
            _wait(self._admin.delete_consumer_groups([group]))


def _once_possible(action: Callable[[], object]) -> None:
    """Do it again for as long as the broker is not there yet."""
    while True:
        try:
            action()
        except KafkaException as error:
            if error.args[0].code() not in NOT_YET:
                raise
            time.sleep(WAIT_SECONDS)
        else:
            return


def digest(value: bytes, headers: Iterable[Header]) -> bytes:
    """A hash of what must be equal whoever wrote it: all but the instant at which it was derived."""
    hashed = blake2b(RECORDED_AT.sub(b"", value), digest_size=8)
    hashed.update(repr(sorted(header for header in headers if header[0] not in FOREIGN_HEADERS)).encode())
    return hashed.digest()


def _wait(answers: dict[str, Any]) -> None:
    for answer in answers.values():
        answer.result()
