"""From a record to its outcome: it is decoded, its key is checked, and it is processed or becomes a dead letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from structlog import get_logger

from schemas.codec import DecodeError, encode
from schemas.events import ClockAdvanced
from schemas.headers import cloudevents_headers
from schemas.topics import Topic
from services.runtime.dead_letters import make_dead_letter
from services.runtime.instants import instant
from services.runtime.key_check import KeyCheck
from services.runtime.names import group_name
from services.runtime.partition_context import PartitionContext
from services.runtime.pauses import Pauses
from services.runtime.processor import Processor, Record, Unprocessable
from services.runtime.stage import Stage
from services.runtime.table import Table
from services.runtime.timers import Timers

log = get_logger(__name__)


class HalfDone(Exception):
    """A processor failed after it had written: memory is ahead of what may be committed, so the process ends."""


class Sources:
    """The source partitions of one partition of one stage, with those that are paused."""

    def __init__(
        self, stage: Stage, table: Table, context: PartitionContext, processor: Processor, timers: Timers
    ) -> None:
        self._name = stage.name
        self._group = group_name(context.service)
        self._topics = {topic.name: topic for topic in stage.sources}
        self._context = context
        self._processor = processor
        self._timers = timers
        self._key_check = KeyCheck(table, context.partition, context.partitions)
        self.pauses = Pauses(table, self._topics)

    def process(self, topic_name: str, records: Sequence[Record]) -> int | None:
        """Process records of one source in order. Returns the offset to pause at, if the limit was passed.

        Raises HalfDone where the process has to end.
        """
        topic, limit = self._topics[topic_name], self.pauses.limits[topic_name]
        context, timers, clock = self._context, self._timers, self._timers.clock
        decode, on_event = topic.codec.decode, self._processor.on_event
        self._key_check.begin(records)
        check_key = self._key_check.check
        good = 0
        record = None
        for record in records:
            if not clock.now:
                timers.begin(self._recorded(record))
            context.record = record
            writes = context.writes
            try:
                event = decode(record.value)
                if type(event) is ClockAdvanced:
                    timers.announce(topic_name, event)
                else:
                    check_key(topic, record.key, event)
                    on_event(context, topic, event)
            except (DecodeError, Unprocessable) as error:
                reason, detail = error.reason, error.detail
            except Exception as error:
                # Not the record's fault that we know of, but to lose it or to stop for it would be worse.
                log.exception("a processor failed", topic=topic_name, partition=context.partition, offset=record.offset)
                reason, detail = "processor_failed", type(error).__name__
            else:
                good += 1
                continue
            if context.writes != writes:
                raise HalfDone(
                    f"{self._name}: {reason} after the context was written to, at {topic_name}"
                    f"-{context.partition} offset {record.offset}"
                )
            limit.good(good)
            context.counts.outcomes[topic_name, "processed"] += good
            good = 0
            self._dead_letter(topic, record, reason, detail)
            if self.pauses.bad(topic_name, record.offset, reason):
                context.record = None
                return record.offset + 1
        if record is not None:
            clock.read(topic_name, self._recorded(record))
        context.record = None
        limit.good(good)
        context.counts.outcomes[topic_name, "processed"] += good
        return None

    def _recorded(self, record: Record) -> int:
        """When a record was written, by a producer that may say -1 or the year 20000."""
        return min(max(record.timestamp, 0), self._context.recorded_ms)

    def _dead_letter(self, topic: Topic[Any], record: Record, reason: str, detail: str) -> None:
        context = self._context
        letter = make_dead_letter(
            record,
            topic.name,
            context.partition,
            self._group,
            reason=reason,
            detail=detail,
            occurred_at=instant(self._recorded(record)),
            recorded_at=context.recorded_at,
        )
        context.outbox.append(
            topic.dead_letters.name,
            context.partition,
            record.key,
            encode(letter),
            context.recorded_ms,
            cloudevents_headers(letter, context.cloudevents_source, context.traceparent()),
        )
        context.counts.outcomes[topic.name, "dead_letter"] += 1
        context.counts.dead_letters[topic.name, reason] += 1
