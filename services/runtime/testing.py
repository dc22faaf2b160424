"""Applications in memory: bytes into topics, real processors, bytes out of topics, and a clock moved by hand.

For tests, and for whoever folds topics without a cluster, as Kafka Streams' TopologyTestDriver is; no worker imports
it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from schemas.codec import encode
from schemas.headers import cloudevents_headers
from schemas.topics import Topic
from schemas.views.latest_by_key import LatestByKey
from services.runtime.instants import milliseconds
from services.runtime.names import changelog_name
from services.runtime.outbox import Headers
from services.runtime.partitioner import partition_of
from services.runtime.processor import Record
from services.runtime.stage import Application
from services.runtime.stage_partition import StagePartition
from services.runtime.table import RUNTIME_PREFIX

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
"""A Monday."""


@dataclass(slots=True)
class MemoryRecord:
    """A record of a topic in memory (services.runtime.processor.Record); ``timestamp`` is in ms since 1970."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int
    offset: int


@dataclass
class MemoryOutbox:
    """A transaction's outputs until it is committed (services.runtime.outbox.Outbox)."""

    outputs: list[tuple[str, int, bytes | None, bytes | None, int, Headers]] = field(default_factory=list)

    def append(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, timestamp: int, headers: Headers
    ) -> None:
        """Add one record."""
        self.outputs.append((topic, partition, key, value, timestamp, headers))


class _Owned(NamedTuple):
    application: Application
    stage: StagePartition
    positions: dict[str, int]


class TopologyTestDriver:
    """Runs applications over topics in memory, and owns all their partitions.

    A step takes the partition of one stage over all new records of one source, or through one tick. It is one
    transaction: outputs, rows and positions appear together, and are what a service that was stopped starts from.

    ``now`` is the wall clock, which stands between calls. ``logs`` has each topic's records by name and partition,
    those of changelogs and dead letters too; ``committed`` the next position by service, source and partition.
    """

    def __init__(
        self,
        *applications: Application,
        partitions: int = 2,
        time: Literal["wall", "stream"] = "wall",
        start: datetime = NOON,
    ) -> None:
        self.now = start
        self.partitions = partitions
        self.time = time
        self.logs: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        self.committed: dict[tuple[str, str, int], int] = {}
        self._applications = {application.name: application for application in applications}
        self._owned: list[_Owned] = []
        for application in applications:
            self._start(application)

    # -- records in, and time

    def send(
        self,
        topic: Topic[Any],
        event: Any,
        key: str | None = None,
        *,
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Write an event (or raw bytes) as a front-end would, recorded at the clock's instant."""
        raw = event if isinstance(event, bytes) or event is None else encode(event)
        key = key if key is not None else getattr(event, "complaint_id", None)
        target = partition if partition is not None else self.home(key or "")
        headers = [] if event is None or isinstance(event, bytes) else cloudevents_headers(event, "/test", None)
        recorded = milliseconds(self.now) if timestamp is None else timestamp
        self._write(topic.name, target, None if key is None else key.encode(), raw, recorded, headers)

    def pipe(self, topic: str, partition: int, record: Record) -> None:
        """Write a record that was read elsewhere as it is, with its timestamp and offset."""
        self.logs[topic, partition].append(record)

    def settle(self) -> None:
        """Let every stage read all there is, until nothing moves."""
        # A list, not a generator: every stage reads in each round.
        while any([self._read(owned) for owned in self._owned]):  # noqa: C419
            pass

    def tick(self) -> None:
        """Let each stage's time come to the wall clock, as far as it has read, and do the work that is due."""
        wall = milliseconds(self.now)
        for owned in self._owned:
            context, stage = owned.stage.context, owned.stage.stage
            ends = {topic.name: len(self.logs[topic.name, context.partition]) for topic in stage.clock_topics}
            outbox = MemoryOutbox()
            context.begin(outbox, wall)
            owned.stage.timers.tick(wall, ends, owned.positions)
            self._commit(owned, outbox)

    def advance(self, by: timedelta = timedelta(), *, step: timedelta | None = None) -> None:
        """Read all there is, move the wall clock on in steps, and let it tick after each."""
        end = self.now + by
        while True:
            self.settle()
            self.now = min(end, self.now + (step or by))
            self.tick()
            self.settle()
            if self.now >= end:
                # Once more: time follows the positions, and what the last tick published has only now been read.
                self.tick()
                self.settle()
                return

    def allow(self, name: str, topic: Topic[Any], *, partition: int, until: int) -> None:
        """An operator's `redress dlq allow`, as it reaches a service that runs."""
        for owned in self._owned_by(name):
            if owned.stage.context.partition == partition:
                owned.stage.sources.pauses.allow(topic.name, until)
                self._commit(owned, MemoryOutbox())

    # -- services that come and go

    def stop(self, name: str) -> None:
        """Take a service away: what arrives waits for it."""
        for partition in range(self.partitions):
            self.release(name, partition)

    def release(self, name: str, partition: int) -> None:
        """Take one partition away from a service, as when another worker gets it."""
        for owned in self._owned_by(name):
            if owned.stage.context.partition == partition:
                owned.stage.close()
                self._owned.remove(owned)

    def start(self, name: str) -> None:
        """Bring a service back with nothing but what it committed."""
        self._start(self._applications[name])

    def restart(self, name: str) -> None:
        """Stop and start."""
        self.stop(name)
        self.start(name)

    # -- what came of it

    def events(self, topic: Topic[Any]) -> list[Any]:
        """All events of a topic, partition by partition; tombstones left out."""
        return [topic.codec.decode(record.value) for record in self.records(topic) if record.value is not None]

    def records(self, topic: Topic[Any] | str) -> list[Record]:
        """All records of a topic, partition by partition."""
        name = topic if isinstance(topic, str) else topic.name
        return [record for partition in range(self.partitions) for record in self.logs[name, partition]]

    def latest(self, topic: Topic[Any]) -> Mapping[str, Any]:
        """A compacted topic as a reader from its start sees it."""
        latest = LatestByKey[Any]()
        for record in self.records(topic):
            event = None if record.value is None else topic.codec.decode(record.value)
            latest.add((record.key or b"").decode(), event)
        return latest.by_key

    def rows(self, name: str, stage: str, partition: int | None = None) -> dict[bytes, bytes]:
        """The rows of one partition of a stage's table, or of all together, without the runtime's own."""
        return {
            key: row
            for owned in self._owned_by(name)
            if owned.stage.stage.name == stage and partition in (None, owned.stage.context.partition)
            for key, row in owned.stage.table.rows.items()
            if not key.startswith(RUNTIME_PREFIX)
        }

    def paused(self, name: str) -> set[str]:
        """The topic partitions that a service has paused."""
        return {
            f"{topic}-{owned.stage.context.partition}"
            for owned in self._owned_by(name)
            for topic in owned.stage.sources.pauses.at
        }

    def home(self, key: str) -> int:
        """Kafka's partition for a key."""
        return partition_of(key.encode(), self.partitions)

    # -- within

    def _owned_by(self, name: str) -> list[_Owned]:
        return [owned for owned in self._owned if owned.application.name == name]

    def _start(self, application: Application) -> None:
        for stage in application.stages:
            for partition in range(self.partitions):
                stage_partition = StagePartition(
                    stage, application.name, partition, self.partitions, stream_time=self.time == "stream"
                )
                for record in self.logs[changelog_name(application.name, stage.name), partition]:
                    stage_partition.table.recover(record.key or b"", record.value)
                positions = {
                    topic.name: self.committed.get((application.name, topic.name, partition), 0)
                    for topic in stage.sources
                }
                stage_partition.recovered(positions)
                self._owned.append(_Owned(application, stage_partition, positions))

    def _read(self, owned: _Owned) -> bool:
        moved = False
        for topic, position in owned.positions.items():
            records = self.logs[topic, owned.stage.context.partition][position:]
            if not records or topic in owned.stage.sources.pauses.at:
                continue
            moved = True
            outbox = MemoryOutbox()
            owned.stage.context.begin(outbox, milliseconds(self.now))
            paused_at = owned.stage.sources.process(topic, records)
            owned.positions[topic] = position + len(records) if paused_at is None else paused_at
            owned.stage.timers.reach(owned.positions)
            self._commit(owned, outbox)
        return moved

    def _commit(self, owned: _Owned, outbox: MemoryOutbox) -> None:
        partition = owned.stage.context.partition
        for output in outbox.outputs:
            self._write(*output)
        changelog = changelog_name(owned.application.name, owned.stage.stage.name)
        for key, row in owned.stage.take_rows().items():
            self._write(changelog, partition, key, row, milliseconds(self.now), [])
        owned.stage.context.take_counts().publish(owned.application.name)
        for topic, position in owned.positions.items():
            self.committed[owned.application.name, topic, partition] = position

    def _write(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, timestamp: int, headers: Headers
    ) -> None:
        log = self.logs[topic, partition]
        log.append(MemoryRecord(key, value, headers, timestamp, len(log)))
