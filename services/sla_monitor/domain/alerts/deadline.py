"""A cycle and its pauses in; when it is due, and when each share of its target is used up, out.

An extension counts from the instant at which it was granted, if the clock was not due before: what had passed by then
has passed. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause
from services.worktime.target_text import Unit

FOREVER = 1 << 62


class Grant(NamedTuple):
    """An extension that counts: when it was granted, and what of the target it gained."""

    granted: int
    gained: int


NO_GRANTS: tuple[Grant, ...] = ()


class Deadline:
    """When ``cycle`` is ``due`` after ``pauses`` and ``grants``; ``unpaused`` is without either."""

    def __init__(
        self, cycle: ClockCycle, pauses: Sequence[Pause], unpaused: int, grants: Sequence[Grant], due: int
    ) -> None:
        self.cycle = cycle
        self.pauses = pauses
        self.unpaused = unpaused
        self.grants = grants
        self.due = due


def deadline(cycle: ClockCycle, pauses: Sequence[Pause], paused: int | None, granted_until: int = FOREVER) -> Deadline:
    """The deadline after ``pauses``, by what was granted up to an instant; the cycle is paused since ``paused``."""
    clock = cycle.clock
    unpaused = clock.calendar.due(cycle.started, clock.target)
    if cycle.extensions:
        return _extended(cycle, pauses, paused, unpaused, granted_until)
    due = unpaused
    if pauses:
        due = clock.calendar.due_after_pauses(cycle.started, clock.target, unpaused, pauses)
    return Deadline(cycle, pauses, unpaused, NO_GRANTS, due)


def share_at(deadline: Deadline, percentage: int) -> int:
    """When ``percentage`` of the target is used up: of what it was at that instant."""
    clock, started = deadline.cycle.clock, deadline.cycle.started
    calendar, target = clock.calendar, clock.target
    total = target.amount
    if target.unit is not Unit.WORKING_TIME:
        total = calendar.counted(started, deadline.unpaused, target)
    at = _move(calendar.share(started, total, percentage, target), deadline)
    for granted, gained in deadline.grants:
        if at <= granted:
            break
        total += gained
        at = _move(calendar.share(started, total, percentage, target), deadline)
    return at


def _extended(
    cycle: ClockCycle, pauses: Sequence[Pause], paused: int | None, unpaused: int, granted_until: int
) -> Deadline:
    calendar, target = cycle.clock.calendar, cycle.clock.target
    grants: list[Grant] = []
    due, moved = unpaused, 0
    for granted, extension in cycle.extensions:
        if granted > granted_until:
            break
        earlier = [pause for pause in pauses if pause.paused < granted]
        due = _after_pauses(cycle, unpaused, grants, due, earlier, moved)
        moved = len(earlier)
        if granted <= due or (paused is not None and paused < due):
            before, due = due, extension.extend(due, calendar)
            grants.append(Grant(granted, calendar.counted(before, due, target)))
    return Deadline(cycle, pauses, unpaused, grants, _after_pauses(cycle, unpaused, grants, due, pauses, moved))


def _after_pauses(
    cycle: ClockCycle, unpaused: int, grants: list[Grant], due: int, pauses: Sequence[Pause], moved: int
) -> int:
    """Where ``due``, which the first ``moved`` of ``pauses`` have moved, comes to lie after all of them."""
    calendar, target = cycle.clock.calendar, cycle.clock.target
    if not grants:
        return calendar.due_after_pauses(cycle.started, target, unpaused, pauses)
    for pause in pauses[moved:]:
        if pause.paused >= due:
            break
        due = calendar.postponed(due, pause.paused, pause.resumed, target)
    return due


def _move(at: int, deadline: Deadline) -> int:
    """Where a share without pauses comes to lie after them."""
    clock = deadline.cycle.clock
    for pause in deadline.pauses:
        if pause.paused >= at:
            break
        at = clock.calendar.moved(at, pause.paused, pause.resumed, clock.target)
    return at
