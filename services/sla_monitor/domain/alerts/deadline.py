"""A cycle and its pauses in; when it is due, and when each share of its target is used up, out.

An extension counts from the instant at which it was granted, if the clock was not due before: what had passed by then
has passed. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause
from services.worktime.pauses import due_after_pauses, move, postpone
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
        due = due_after_pauses(clock.calendar, cycle.started, clock.target, unpaused, pauses)
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
    """The later of the clock's own due, with its pauses, and the latest ``until``, which no pause moves.

    A ``by`` counts from the due that stands when it is granted, and is the clock's own from then on.
    """
    calendar, target = cycle.clock.calendar, cycle.clock.target
    grants: list[Grant] = []
    own = OwnDue(cycle, unpaused)
    until = unpaused
    for granted, extension in cycle.extensions:
        if granted > granted_until:
            break
        standing = max(own.after([pause for pause in pauses if pause.paused < granted]), until)
        if granted > standing and (paused is None or paused >= standing):
            continue
        if extension.by is None:
            until = max(until, extension.until or until)
            extended = max(standing, until)
        else:
            extended = own.rebased = calendar.due(standing, extension.by)
        grants.append(Grant(granted, calendar.counted(standing, extended, target)))
    return Deadline(cycle, pauses, unpaused, grants, max(own.after(pauses), until))


class OwnDue:
    """A clock's due instant but for what was granted ``until`` an instant; ``rebased`` is where a ``by`` put it."""

    def __init__(self, cycle: ClockCycle, unpaused: int) -> None:
        self.rebased: int | None = None
        self._cycle = cycle
        self._unpaused = unpaused
        self._moved = 0

    def after(self, pauses: Sequence[Pause]) -> int:
        """Where it comes to lie after ``pauses``, which begin with those that were given before."""
        calendar, target = self._cycle.clock.calendar, self._cycle.clock.target
        if self.rebased is None:
            self._moved = len(pauses)
            return due_after_pauses(calendar, self._cycle.started, target, self._unpaused, pauses)
        for pause in pauses[self._moved :]:
            if pause.paused >= self.rebased:
                break
            self.rebased = postpone(calendar, self.rebased, pause.paused, pause.resumed, target)
        self._moved = len(pauses)
        return self.rebased


def _move(at: int, deadline: Deadline) -> int:
    """Where a share without pauses comes to lie after them."""
    clock = deadline.cycle.clock
    for pause in deadline.pauses:
        if pause.paused >= at:
            break
        at = move(clock.calendar, at, pause.paused, pause.resumed, clock.target)
    return at
