"""One run of a clock and the time in; how the clock stands and which alerts hold out.

An alert holds from its instant on if the clock did not end, and was not paused, before it. A clock that ends
at its very due instant has met it. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.derived import ClockState
from schemas.primitives import AlertLevel
from services.sla_monitor.domain.course import Course
from services.sla_monitor.domain.deadline import deadline, share_at
from services.sla_monitor.domain.policies import BREACH
from services.sla_monitor.domain.rows import AlertKey
from services.sla_monitor.domain.runs import Pause, Run


class Standing(NamedTuple):
    """How a clock stands. ``worked`` is as of its last change, so that it says the same whenever it is asked."""

    run: Run
    state: ClockState
    due: int | None
    remaining: int | None
    worked: int
    overrun: int | None


class Alert(NamedTuple):
    """A threshold that a run has passed, with what it had used up at that instant, and how many pauses it had."""

    run: Run
    threshold: int
    level: AlertLevel
    at: int
    due: int
    worked: int
    paused: int
    closed: int
    pauses: int
    retroactive: bool
    queue: str | None

    @property
    def key(self) -> AlertKey:
        """What names it within its complaint."""
        return AlertKey(self.run.clock.name, self.run.cycle, self.threshold)


class Assessment(NamedTuple):
    """``next`` is the soonest instant after now at which an alert of this run would hold, or its pause is over."""

    standing: Standing
    alerts: list[Alert]
    next: int | None


def assess(run: Run, course: Course, now: int) -> Assessment:
    """How ``run`` stands at ``now``. A warning that would not come before the breach is none."""
    pauses, paused, until = run.pauses_at(now)
    found = deadline(run, pauses, paused)
    due = found.due
    latest = due if run.ended is None else min(due, run.ended - 1)
    if paused is not None:
        latest = min(latest, paused)
    passed: list[tuple[int, int, AlertLevel]] = []
    soonest = until
    for percentage, level in run.clock.warnings:
        at = share_at(run, pauses, found, percentage)
        if at < due and at <= latest:
            if at <= now:
                passed.append((at, percentage, level))
            elif soonest is None or at < soonest:
                soonest = at
    breached = due <= min(latest, now)
    if breached:
        passed.append((due, BREACH, "critical"))
    elif due <= latest and (soonest is None or due < soonest):
        soonest = due
    return Assessment(
        _standing(run, pauses, paused, due, breached=breached),
        [_alert(run, pauses, due, course, *alert) for alert in passed],
        soonest,
    )


def _standing(run: Run, pauses: Sequence[Pause], paused: int | None, due: int, *, breached: bool) -> Standing:
    state: ClockState = "running"
    shown: int | None = due
    remaining = overrun = None
    as_of = pauses[-1].resumed if pauses else run.started
    if run.ended is not None:
        state, as_of = "cancelled" if run.cancelled else "stopped", run.ended
        overrun = _counted(run, pauses, due, run.ended) if breached else None
    elif breached:
        state, as_of = "breached", due
    elif paused is not None:
        state, as_of, shown = "paused", paused, None
        remaining = run.clock.calendar.counted(paused, due, run.clock.target)
    return Standing(run, state, shown, remaining, _counted(run, pauses, run.started, as_of), overrun)


def _counted(run: Run, pauses: Sequence[Pause], start: int, end: int) -> int:
    """What of ``start`` to ``end`` the clock counted: all but what was paused."""
    if start == end:
        return 0
    calendar, target = run.clock.calendar, run.clock.target
    counted = calendar.counted(start, end, target)
    for pause in pauses:
        if pause.paused < end and pause.resumed > start:
            counted -= calendar.counted(max(pause.paused, start), min(pause.resumed, end), target)
    return counted


def _alert(
    run: Run, pauses: Sequence[Pause], due: int, course: Course, at: int, threshold: int, level: AlertLevel
) -> Alert:
    before = [pause._replace(resumed=min(pause.resumed, at)) for pause in pauses if pause.paused < at]
    worked = _counted(run, before, run.started, at)
    paused = sum(pause.resumed - pause.paused for pause in before)
    return Alert(
        run=run,
        threshold=threshold,
        level=level,
        at=at,
        due=deadline(run, before, None, at).due if pauses or run.extensions else due,
        worked=worked,
        paused=paused,
        closed=at - run.started - paused - worked,
        pauses=len(before),
        retroactive=at < course.attached,
        queue=course.queue_at(at),
    )
