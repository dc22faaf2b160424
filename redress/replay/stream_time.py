"""From sorted events to the steps of a replay: the events, and the instants that stream time comes to between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from schemas.events import ClockAdvanced, LifecycleEvent
from schemas.ids import derived_id

HOUR = timedelta(hours=1)
FIRST = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1)
"""Workers count time in milliseconds since 1970, where 0 is no time yet."""


def advance_time(
    events: Sequence[LifecycleEvent], horizon: timedelta, now: datetime
) -> Iterator[LifecycleEvent | datetime]:
    """The events, sorted by ``occurred_at``, and between them the instants that time comes to; then on to the horizon.

    One instant comes before the first event: until time is known, nothing can be kept for a while. Before each event
    time comes to the last full hour before it, and never past an event that is still to come: what was due is judged
    with all that was known. Where nothing happens, steps double from one hour, so that years cost a few records.
    The last instant is the first full hour at or after ``horizon`` past the last event, but none passes ``now``.
    """
    if not events:
        return
    time = max(_round_up_to_hour(events[0].occurred_at) - HOUR, FIRST)
    yield time
    for event in events:
        hour_before = _round_up_to_hour(event.occurred_at) - HOUR
        yield from _step(time, hour_before)
        time = max(time, hour_before)
        yield event
    last = events[-1].occurred_at
    end = _round_up_to_hour(last + min(horizon, max(now - last, timedelta())))
    yield from _step(time, end if end <= now else end - HOUR)


def _step(start: datetime, end: datetime) -> Iterator[datetime]:
    """Instants after ``start`` up to and with ``end``: an hour on, two hours on from there, then four."""
    time, step = start, HOUR
    while time < end:
        time = end if step >= end - time else time + step
        step *= 2
        yield time


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
