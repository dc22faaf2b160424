"""From sorted events to the steps of a replay: the events, and every full hour that stream time comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from schemas.events import ClockAdvanced, LifecycleEvent
from schemas.ids import derived_id

HOUR = timedelta(hours=1)


def add_full_hours(
    events: Sequence[LifecycleEvent], horizon: timedelta, now: datetime
) -> Iterator[LifecycleEvent | datetime]:
    """The events, sorted by ``occurred_at``, and between them each full hour; then hours on to the horizon.

    The first comes before the first event: until time is known, nothing can be kept for a while. Every other comes
    after all that happened up to it, so what was due is judged with all that was known.
    The last one is the first at or after ``horizon`` past the last event, but none passes ``now``.
    """
    if not events:
        return
    hour = _round_up_to_hour(events[0].occurred_at) - HOUR
    for event in events:
        while hour < event.occurred_at:
            yield hour
            hour += HOUR
        yield event
    last = min(_round_up_to_hour(events[-1].occurred_at + horizon), now)
    while hour <= last:
        yield hour
        hour += HOUR


def make_clock_advanced(topic: str, partition: int, to: datetime, recorded_at: datetime) -> ClockAdvanced:
    """The event that advances the stream time of one partition of a topic to ``to``."""
    return ClockAdvanced(
        event_id=derived_id("clock_advanced", topic, str(partition), to.isoformat()),
        occurred_at=to,
        recorded_at=recorded_at,
        to=to,
    )


def _round_up_to_hour(instant: datetime) -> datetime:
    """The first full hour at or after ``instant``, by UTC."""
    instant = instant.astimezone(UTC)
    floor = instant.replace(minute=0, second=0, microsecond=0)
    return floor if floor == instant else floor + HOUR
