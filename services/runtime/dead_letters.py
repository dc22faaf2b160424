"""From a record that cannot be processed to its dead letter: the original bytes, where they came from, and why."""

from __future__ import annotations

from datetime import datetime

from schemas.derived import DeadLetter
from schemas.ids import derived_id
from services.runtime.processor import Record


def make_dead_letter(
    record: Record,
    topic: str,
    partition: int,
    group: str,
    *,
    reason: str,
    detail: str,
    occurred_at: datetime,
    recorded_at: datetime,
) -> DeadLetter:
    """The letter of one group about one record; its id is the same however often the record is processed."""
    return DeadLetter(
        event_id=derived_id(group, topic, str(partition), str(record.offset), "dead_letter"),
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        value=record.value,
        topic=topic,
        partition=partition,
        offset=record.offset,
        group=group,
        reason=reason,
        detail=detail,
    )
