"""One cycle of a clock and the time in; what of it counted, was paused or closed out, without a gap or an overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause
from services.sla_monitor.domain.fold.pause_limit import limit_pauses
from services.sla_monitor.domain.policy.clock import Clock

IntervalKind = Literal["counted", "paused", "closed"]


class Interval(NamedTuple):
    """From ``start`` until ``end``, in microseconds since 1970. ``pause`` is what stopped the clock, where one did."""

    start: int
    end: int
    kind: IntervalKind
    pause: Pause | None = None

    @property
    def length(self) -> int:
        """Microseconds."""
        return self.end - self.start


def intervals_of(cycle: ClockCycle, now: int) -> list[Interval]:
    """All of ``cycle`` from its start to its end, or to ``now``, in order; none is empty.

    What is paused is paused in closed hours as well. Of a target in d or cd nothing is closed.
    """
    found: list[Interval] = []
    since = cycle.started
    for pause in _pauses(cycle, now):
        found += _unpaused(cycle.clock, since, pause.paused)
        found.append(Interval(pause.paused, pause.resumed, "paused", pause))
        since = pause.resumed
    found += _unpaused(cycle.clock, since, _end(cycle, now))
    return [interval for interval in found if interval.length]


def clip(all_intervals: Iterable[Interval], since: int, until: int) -> list[Interval]:
    """What of the intervals lies between two instants."""
    return [
        interval._replace(start=max(interval.start, since), end=min(interval.end, until))
        for interval in all_intervals
        if interval.start < until and interval.end > since
    ]


def length(some: Iterable[Interval], kind: IntervalKind | None = None) -> int:
    """Microseconds of the intervals together, or of those of one kind."""
    return sum(interval.length for interval in some if kind is None or interval.kind == kind)


def _end(cycle: ClockCycle, now: int) -> int:
    return now if cycle.ended is None else cycle.ended


def _pauses(cycle: ClockCycle, now: int) -> list[Pause]:
    """Its pauses up to now, the one that is not over included."""
    pausing = limit_pauses(cycle, now)
    if pausing.since is None or cycle.paused_by is None:
        return pausing.over
    return [*pausing.over, Pause(pausing.since, now, cycle.paused_by)]


def _unpaused(clock: Clock, start: int, end: int) -> Iterator[Interval]:
    if clock.target.elapsed:
        yield Interval(start, end, "counted")
        return
    for opens, closes in clock.calendar.working_spans(start, end):
        yield Interval(start, opens, "closed")
        yield Interval(opens, closes, "counted")
        start = closes
    yield Interval(start, end, "closed")
