"""One run of a clock and the time in; how the clock stands and which alerts hold out.

An alert holds from its instant on if the clock did not end, and was not paused, before it. A clock that ends
at its very due instant has met it. Everything here is integer microseconds.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import ClockState
from schemas.primitives import AlertLevel
from services.sla_monitor.domain.course import Course, Run
from services.worktime.targets import Unit

BREACH = 100


class Standing(NamedTuple):
    """How a clock stands. ``worked`` is as of its last change, so that it says the same whenever it is asked."""

    run: Run
    state: ClockState
    due: int | None
    remaining: int | None
    worked: int
    overrun: int | None


class Alert(NamedTuple):
    """A threshold that a run has passed, with what it had used up at that instant."""

    run: Run
    threshold: int
    level: AlertLevel
    at: int
    due: int
    worked: int
    paused: int
    closed: int
    retroactive: bool
    queue: str | None


class Assessment(NamedTuple):
    """``next`` is the soonest instant after now at which an alert of this run would hold."""

    standing: Standing
    alerts: list[Alert]
    next: int | None


def assess(run: Run, course: Course, now: int) -> Assessment:
    """How ``run`` stands at ``now``."""
    clock, ended, paused = run.clock, run.ended, run.paused
    unpaused = clock.calendar.due(run.started, clock.target)
    due = clock.calendar.due_after_pauses(run.started, clock.target, unpaused, run.pauses)
    latest = due if ended is None else min(due, ended - 1)
    if paused is not None:
        latest = min(latest, paused)
    passed: list[tuple[int, int, AlertLevel]] = []
    upcoming: list[int] = []
    for threshold, level, at in _thresholds(run, unpaused, due):
        if at > latest:
            continue
        if at <= now:
            passed.append((at, threshold, level))
        else:
            upcoming.append(at)
    breached = bool(passed) and passed[-1][1] == BREACH
    return Assessment(
        _standing(run, due, breached=breached),
        [_alert(run, course, unpaused, *alert) for alert in passed],
        min(upcoming, default=None),
    )


def _thresholds(run: Run, unpaused: int, due: int) -> list[tuple[int, AlertLevel, int]]:
    """The thresholds with their instants, the breach last. A warning that would not come before it is none."""
    clock = run.clock
    found: list[tuple[int, AlertLevel, int]] = []
    if clock.warnings:
        calendar, target = clock.calendar, clock.target
        working_time = target.unit is Unit.WORKING_TIME
        total = target.amount if working_time else calendar.counted(run.started, unpaused, target)
        for percentage, level in clock.warnings:
            at = calendar.share(run.started, total, percentage, target)
            for paused, resumed in run.pauses:
                if paused >= at:
                    break
                at = calendar.moved(at, paused, resumed, target)
            if at < due:
                found.append((percentage, level, at))
    found.append((BREACH, "critical", due))
    return found


def _standing(run: Run, due: int, *, breached: bool) -> Standing:
    state: ClockState = "running"
    shown: int | None = due
    remaining = overrun = None
    as_of = run.pauses[-1][1] if run.pauses else run.started
    if run.ended is not None:
        state, as_of = "cancelled" if run.cancelled else "stopped", run.ended
        overrun = _counted(run, due, run.ended) if breached else None
    elif breached:
        state, as_of = "breached", due
    elif run.paused is not None:
        state, as_of, shown = "paused", run.paused, None
        remaining = run.clock.calendar.counted(run.paused, due, run.clock.target)
    return Standing(run, state, shown, remaining, _counted(run, run.started, as_of), overrun)


def _counted(run: Run, start: int, end: int) -> int:
    """What of ``start`` to ``end`` the clock counted: all but what was paused."""
    clock = run.clock
    counted = clock.calendar.counted(start, end, clock.target)
    for paused, resumed in run.pauses:
        if paused < end and resumed > start:
            counted -= clock.calendar.counted(max(paused, start), min(resumed, end), clock.target)
    return counted


def _alert(run: Run, course: Course, unpaused: int, at: int, threshold: int, level: AlertLevel) -> Alert:
    before = [(paused, min(resumed, at)) for paused, resumed in run.pauses if paused < at]
    due = run.clock.calendar.due_after_pauses(run.started, run.clock.target, unpaused, before)
    worked = _counted(run, run.started, at)
    paused = sum(resumed - paused for paused, resumed in before)
    return Alert(
        run=run,
        threshold=threshold,
        level=level,
        at=at,
        due=due,
        worked=worked,
        paused=paused,
        closed=at - run.started - paused - worked,
        retroactive=at < course.attached,
        queue=course.queue_at(at),
    )
