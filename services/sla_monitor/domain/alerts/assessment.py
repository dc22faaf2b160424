"""One cycle of a clock and the time in; how the clock stands and which alerts hold out.

An alert holds from its instant on if the clock did not end, and was not paused, before it. A clock that ends
at its very due instant has met it. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.primitives import AlertLevel
from services.sla_monitor.domain.alerts.deadline import deadline, share_at
from services.sla_monitor.domain.alerts.standing import Alert, Assessment, Standing
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause
from services.sla_monitor.domain.fold.pause_limit import limit_pauses
from services.sla_monitor.domain.policy.alert_levels import BREACH
from services.worktime.spans import BeyondCalendar

BEFORE_ALL = -1
"""No event is older than 1970, so no alert holds by then."""


def assess(cycle: ClockCycle, complaint: ComplaintState, now: int) -> Assessment:
    """How ``cycle`` stands at ``now``. A warning that would not come before the breach is none.

    Raises BeyondCalendar.
    """
    pauses, paused, until = limit_pauses(cycle, now)
    its_deadline = deadline(cycle, pauses, paused)
    due = its_deadline.due
    latest = due if cycle.ended is None else min(due, cycle.ended - 1)
    if paused is not None:
        latest = min(latest, paused)
    alerts: list[Alert] = []
    look_again = until
    for percentage, level in cycle.clock.warnings:
        at = share_at(its_deadline, percentage)
        if at < due and at <= latest:
            if at <= now:
                alerts.append(_alert(cycle, pauses, due, complaint, at, percentage, level))
            elif look_again is None or at < look_again:
                look_again = at
    breached = due <= min(latest, now)
    if breached:
        alerts.append(_alert(cycle, pauses, due, complaint, due, BREACH, "critical"))
    elif due <= latest and (look_again is None or due < look_again):
        look_again = due
    return Assessment(_standing(cycle, pauses, paused, due, breached=breached), alerts, look_again)


def assess_or_end(cycle: ClockCycle, complaint: ComplaintState, now: int) -> Assessment:
    """As ``assess``; a clock whose deadline lies beyond its calendar has ended, so that all other clocks go on."""
    try:
        return assess(cycle, complaint, now)
    except BeyondCalendar:
        return Assessment(Standing(cycle, "ended", None, None, 0, None, "beyond_calendar"), [], None)


def _standing(cycle: ClockCycle, pauses: Sequence[Pause], paused: int | None, due: int, *, breached: bool) -> Standing:
    if cycle.ended is not None:
        overrun = _counted(cycle, pauses, due, cycle.ended) if breached else None
        worked = _counted(cycle, pauses, cycle.started, cycle.ended)
        if cycle.state == "cancelled":
            return Standing(cycle, "cancelled", due, None, worked, overrun)
        if cycle.state == "ended" and not breached:
            return Standing(cycle, "ended", due, None, worked, None, cycle.end_reason)
        return Standing(cycle, "breached" if breached else "met", due, None, worked, overrun)
    if breached:
        return Standing(cycle, "breached", due, None, _counted(cycle, pauses, cycle.started, due), None)
    if paused is not None:
        remaining = cycle.clock.calendar.counted(paused, due, cycle.clock.target)
        return Standing(cycle, "paused", None, remaining, _counted(cycle, pauses, cycle.started, paused), None)
    last_change = pauses[-1].resumed if pauses else cycle.started
    return Standing(cycle, "running", due, None, _counted(cycle, pauses, cycle.started, last_change), None)


def _alert(
    cycle: ClockCycle,
    pauses: Sequence[Pause],
    due: int,
    complaint: ComplaintState,
    at: int,
    threshold: int,
    level: AlertLevel,
) -> Alert:
    before = [pause._replace(resumed=min(pause.resumed, at)) for pause in pauses if pause.paused < at]
    worked = _counted(cycle, before, cycle.started, at)
    paused = sum(pause.resumed - pause.paused for pause in before)
    return Alert(
        cycle,
        threshold,
        level,
        at,
        deadline(cycle, before, None, at).due if pauses or cycle.extensions else due,
        worked,
        paused,
        at - cycle.started - paused - worked,
        len(before),
        complaint.queue_at(at),
        retroactive=at < complaint.attached,
    )


def _counted(cycle: ClockCycle, pauses: Sequence[Pause], start: int, end: int) -> int:
    """What of ``start`` to ``end`` the clock counted: all but what was paused."""
    if start == end:
        return 0
    calendar, target = cycle.clock.calendar, cycle.clock.target
    counted = calendar.counted(start, end, target)
    for pause in pauses:
        if pause.paused < end and pause.resumed > start:
            counted -= calendar.counted(max(pause.paused, start), min(pause.resumed, end), target)
    return counted
