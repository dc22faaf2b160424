"""Work on one partition of one stage: records and due rows in, rows and outputs out; knows no network.

A worker runs it inside a task, a test by hand. What it writes to the outbox and the table belongs to one
transaction; it never waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from prometheus_client import Counter, Histogram
from structlog import get_logger

from schemas.codec import DecodeError, encode
from schemas.events import ClockAdvanced
from schemas.headers import cloudevents_headers, traceparent_of
from schemas.rendering import Rendered
from schemas.topics import Topic
from services.runtime.counts import Counts
from services.runtime.dead_letters import make_dead_letter
from services.runtime.instants import instant, milliseconds
from services.runtime.key_check import KeyCheck
from services.runtime.names import group_name
from services.runtime.outbox import Outbox
from services.runtime.partition_time import AnnouncedClock, Clock, WallClock
from services.runtime.partitioner import partition_of
from services.runtime.pauses import Pauses
from services.runtime.processor import Record, Unprocessable
from services.runtime.stage import Stage
from services.runtime.table import RUNTIME_PREFIX, Table

log = get_logger(__name__)

CLOCK_ROW = RUNTIME_PREFIX + b"clock"
DUE_AT_ONCE = 5_000
"""Due rows worked off in one go: a flood after an outage must not hold back records and heartbeats."""


class HalfDone(Exception):
    """A processor failed after it had written: memory is ahead of what may be committed, so the process ends."""


class StagePartition:
    """One partition of one stage, kept for as long as it is owned. Its processor sees it as a ProcessorContext."""

    def __init__(self, stage: Stage, service: str, partition: int, partitions: int, *, stream_time: bool) -> None:
        self.stage = stage
        self.partition = partition
        self.partitions = partitions
        self.table = Table()
        self.clock = _clock(stage, partitions, stream_time=stream_time)
        self.now = instant(0)
        self.recorded_at = self.now
        self.record: Record | None = None
        self.outbox: Outbox
        self.counts = Counts()
        self._group = group_name(service)
        self._source = f"/redress/{service}"
        self._topics = {topic.name: topic for topic in stage.sources}
        self.pauses = Pauses(self.table, self._topics)
        self._key_check = KeyCheck(self.table, partition, partitions)
        self._written = 0
        self._written_before = 0
        self._recorded_ms = 0
        self._stored_clock = 0
        self._traced: Record | None = None
        self._trace: bytes | None = None

    # -- what the runtime calls

    def begin(self, outbox: Outbox, wall: int) -> None:
        """Open the next step: outputs go to ``outbox``; ``wall`` is the wall clock in milliseconds."""
        self.outbox, self._recorded_ms, self.recorded_at = outbox, wall, instant(wall)
        self._written_before = self._written

    @property
    def has_written(self) -> bool:
        """Whether anything was written since then."""
        return self._written != self._written_before

    def process(self, topic_name: str, records: Sequence[Record]) -> int | None:
        """Process records of one source in order. Returns the offset to pause at, if the limit was passed."""
        topic, limit = self._topics[topic_name], self.pauses.limits[topic_name]
        decode, on_event = topic.codec.decode, self.stage.processor.on_event
        self._key_check.begin(records)
        check_key = self._key_check.check
        good = 0
        record = None
        for record in records:
            if not self.clock.now and self.clock.begin(self._recorded(record)):
                self.now = instant(self.clock.now)
            self.record = record
            written = self._written
            try:
                event = decode(record.value)
                if type(event) is ClockAdvanced:
                    self._announce(topic_name, event)
                else:
                    check_key(topic, record.key, event)
                    on_event(self, topic, event)
            except (DecodeError, Unprocessable) as error:
                reason, detail = error.reason, error.detail
            except Exception as error:
                # Not the record's fault that we know of, but to lose it or to stop for it would be worse.
                log.exception("a processor failed", topic=topic_name, partition=self.partition, offset=record.offset)
                reason, detail = "processor_failed", type(error).__name__
            else:
                good += 1
                continue
            if self._written != written:
                raise HalfDone(
                    f"{self.stage.name}: {reason} after the context was written to, at {topic_name}"
                    f"-{self.partition} offset {record.offset}"
                )
            limit.good(good)
            self.counts.outcomes[topic_name, "processed"] += good
            good = 0
            self._dead_letter(topic, record, reason, detail)
            if self.pauses.bad(topic_name, record.offset, reason):
                self.record = None
                return record.offset + 1
        if record is not None:
            self.clock.read(topic_name, self._recorded(record))
        self.record = None
        limit.good(good)
        self.counts.outcomes[topic_name, "processed"] += good
        return None

    def tick(self, wall: int, ends: Mapping[str, int], positions: Mapping[str, int]) -> None:
        """Let wall time come to what the positions allow, and do the work that is due."""
        if self.clock.tick(wall, ends, positions):
            self._time_moved()
        else:
            self._work_off(DUE_AT_ONCE)

    def reach(self, positions: Mapping[str, int]) -> None:
        """Let wall time come to what was noted at the last tick, if that is read now, and do the work that is due."""
        if self.clock.reach(positions):
            self._time_moved()

    def take_rows(self) -> dict[bytes, bytes | None]:
        """What the next transaction writes to the changelog, the clock's row included."""
        changed = self.table.take_changed()
        if self.clock.now != self._stored_clock or isinstance(self.clock, AnnouncedClock):
            stored = self.clock.store()
            if self.table.get(CLOCK_ROW) != stored:
                self.table.put(CLOCK_ROW, stored)
                changed.update(self.table.take_changed())
            self._stored_clock = self.clock.now
        return changed

    def take_counts(self) -> Counts:
        """What was counted since the last transaction."""
        counts, self.counts = self.counts, Counts()
        return counts

    def recovered(self, positions: Mapping[str, int]) -> None:
        """Go on from the rows that the changelog held, and from ``positions``, the next offset of each source."""
        self.table.recovered()
        self.pauses.recovered(positions)
        stored = self.table.get(CLOCK_ROW)
        if stored is not None:
            self.clock.restore(stored)
            self._stored_clock = self.clock.now
            self.now = instant(self.clock.now)

    # -- what a processor calls

    @property
    def overdue(self) -> int:
        """Rows that are due and still wait to be worked off, as in a flood after an outage."""
        return self.table.overdue(self.clock.now)

    def row(self, key: bytes) -> bytes | None:
        """The body stored under ``key``."""
        return self.table.get(key)

    def put(self, key: bytes, body: bytes, due: datetime | None = None) -> None:
        """Store a row."""
        self._written += 1
        if due is None:
            self.table.put(key, body)
        else:
            self.table.put(key, body, milliseconds(due))

    def delete(self, key: bytes) -> None:
        """Remove a row."""
        self._written += 1
        self.table.delete(key)

    def publish(self, topic: Topic[Any], key: str | None, event: Any, partition: int | None = None) -> None:
        """Write an event with its CloudEvents headers; the record's trace goes on."""
        self._written += 1
        self.outbox.append(
            topic.name,
            self.partition if partition is None else partition,
            None if key is None else key.encode(),
            event.value if type(event) is Rendered else encode(event),
            self._recorded_ms,
            cloudevents_headers(event, self._source, self._traceparent()),
        )

    def tombstone(self, topic: Topic[Any], key: str) -> None:
        """Write a tombstone."""
        self._written += 1
        self.outbox.append(topic.name, self.partition, key.encode(), None, self._recorded_ms, [])

    def home(self, key: str) -> int:
        """Kafka's own partition for ``key``."""
        return partition_of(key.encode(), self.partitions)

    def count(self, metric: Counter, *labels: str, by: int = 1) -> None:
        """Count once it is committed."""
        self.counts.counters[metric, labels] += by

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        """Observe once it is committed."""
        self.counts.observations.append((metric, labels, value))

    # -- within

    def _recorded(self, record: Record) -> int:
        """When a record was written, by a producer that may say -1 or the year 20000."""
        return min(max(record.timestamp, 0), self._recorded_ms)

    def _announce(self, topic_name: str, event: ClockAdvanced) -> None:
        announcer = topic_name if self.stage.clock == "partition" else str(event.origin)
        if self.clock.announce(announcer, milliseconds(event.to)):
            self._time_moved()

    def _time_moved(self) -> None:
        self.now = instant(self.clock.now)
        # Announced time moves in the middle of a record batch: all that is due up to it comes first.
        self._work_off(None if isinstance(self.clock, AnnouncedClock) else DUE_AT_ONCE)
        self.stage.processor.on_time(self)

    def _work_off(self, at_most: int | None) -> None:
        on_due = self.stage.processor.on_due
        for key in islice(self.table.pop_due(self.clock.now), at_most):
            on_due(self, key)

    def _traceparent(self) -> bytes | None:
        if self.record is not self._traced:
            self._traced = self.record
            self._trace = None if self.record is None else traceparent_of(self.record.headers)
        return self._trace

    def _dead_letter(self, topic: Topic[Any], record: Record, reason: str, detail: str) -> None:
        letter = make_dead_letter(
            record,
            topic.name,
            self.partition,
            self._group,
            reason=reason,
            detail=detail,
            occurred_at=instant(self._recorded(record)),
            recorded_at=self.recorded_at,
        )
        self.outbox.append(
            topic.dead_letters.name,
            self.partition,
            record.key,
            encode(letter),
            self._recorded_ms,
            cloudevents_headers(letter, self._source, self._traceparent()),
        )
        self.counts.outcomes[topic.name, "dead_letter"] += 1
        self.counts.dead_letters[topic.name, reason] += 1


def _clock(stage: Stage, partitions: int, *, stream_time: bool) -> Clock:
    if stage.clock == "origins":
        return AnnouncedClock(frozenset(str(origin) for origin in range(partitions)))
    names = frozenset(topic.name for topic in stage.clock_topics)
    return AnnouncedClock(names) if stream_time else WallClock(names)
