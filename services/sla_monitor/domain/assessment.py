"""One run of a clock and the time in; how the clock stands and which alerts hold out.

An alert holds from its instant on if the clock did not end, and was not paused, before it. A clock that ends
at its very due instant has met it. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.derived import ClockState
from schemas.primitives import AlertLevel
from services.sla_monitor.domain.course import Course
from services.sla_monitor.domain.deadline import Deadline
from services.sla_monitor.domain.policies import BREACH
from services.sla_monitor.domain.rows import AlertKey
from services.sla_monitor.domain.runs import Pause, Run


class Standing:
    """How a clock stands. ``worked`` is as of its last change, so that it says the same whenever it is asked."""

    def __init__(self, run: Run, pauses: Sequence[Pause], paused: int | None, due: int, *, breached: bool) -> None:
        self.run = run
        self.state: ClockState = "running"
        self.due: int | None = due
        self.remaining: int | None = None
        self.overrun: int | None = None
        as_of = pauses[-1].resumed if pauses else run.started
        if run.ended is not None:
            self.state, as_of = "cancelled" if run.cancelled else "stopped", run.ended
            self.overrun = _counted(run, pauses, due, run.ended) if breached else None
        elif breached:
            self.state, as_of = "breached", due
        elif paused is not None:
            self.state, as_of, self.due = "paused", paused, None
            self.remaining = run.clock.calendar.counted(paused, due, run.clock.target)
        self.worked = _counted(run, pauses, run.started, as_of)


class Alert:
    """A threshold that a run has passed, with what it had used up at that instant, and how many pauses it had."""

    def __init__(
        self, run: Run, pauses: Sequence[Pause], due: int, course: Course, at: int, threshold: int, level: AlertLevel
    ) -> None:
        before = [pause._replace(resumed=min(pause.resumed, at)) for pause in pauses if pause.paused < at]
        self.run = run
        self.threshold = threshold
        self.level = level
        self.at = at
        self.due = Deadline(run, before, None, at).due if pauses or run.extensions else due
        self.worked = _counted(run, before, run.started, at)
        self.paused = sum(pause.resumed - pause.paused for pause in before)
        self.closed = at - run.started - self.paused - self.worked
        self.pauses = len(before)
        self.retroactive = at < course.attached
        self.queue = course.queue_at(at)
        """The queue that it was in, or would have been without a breach."""

    @property
    def key(self) -> AlertKey:
        """What names it within its complaint."""
        return AlertKey(self.run.clock.name, self.run.cycle, self.threshold)


class Assessment:
    """How ``run`` stands at ``now``, the alerts that hold then, and ``next``, when to look again.

    That is the soonest instant after ``now`` at which an alert of this run would hold, or its pause is over. A warning
    that would not come before the breach is none.
    """

    def __init__(self, run: Run, course: Course, now: int) -> None:
        pauses, paused, until = run.pauses_at(now)
        deadline = Deadline(run, pauses, paused)
        due = deadline.due
        latest = due if run.ended is None else min(due, run.ended - 1)
        if paused is not None:
            latest = min(latest, paused)
        self.alerts: list[Alert] = []
        self.next = until
        for percentage, level in run.clock.warnings:
            at = deadline.share_at(percentage)
            if at < due and at <= latest:
                if at <= now:
                    self.alerts.append(Alert(run, pauses, due, course, at, percentage, level))
                elif self.next is None or at < self.next:
                    self.next = at
        breached = due <= min(latest, now)
        if breached:
            self.alerts.append(Alert(run, pauses, due, course, due, BREACH, "critical"))
        elif due <= latest and (self.next is None or due < self.next):
            self.next = due
        self.standing = Standing(run, pauses, paused, due, breached=breached)


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
