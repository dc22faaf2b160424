"""A run and its pauses in; when it is due, and when each share of its target is used up, out.

An extension counts from the instant at which it was granted, if the clock was not due before: what had passed by then
has passed. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.sla_monitor.domain.runs import Pause, Run
from services.worktime.targets import Unit

FOREVER = 1 << 62
LAST_TENTH = 90
"""The percentage of a clock's target at which its last tenth begins."""


class Deadline(NamedTuple):
    """``unpaused`` is without pauses and extensions. ``grants`` are the instants and gains of those that count."""

    unpaused: int
    due: int
    grants: tuple[tuple[int, int], ...]


def deadline(run: Run, pauses: Sequence[Pause], paused: int | None, granted_until: int = FOREVER) -> Deadline:
    """When ``run`` is due after ``pauses``, by what was granted up to then; it is paused since ``paused``."""
    clock = run.clock
    calendar, target, started = clock.calendar, clock.target, run.started
    unpaused = calendar.due(started, target)
    if not run.extensions:
        due = calendar.due_after_pauses(started, target, unpaused, pauses) if pauses else unpaused
        return Deadline(unpaused, due, ())
    due, moved = unpaused, 0
    grants: list[tuple[int, int]] = []
    for granted, extension in run.extensions:
        if granted > granted_until:
            break
        earlier = [pause for pause in pauses if pause.paused < granted]
        due = _after(run, due, earlier, moved, extended=bool(grants))
        moved = len(earlier)
        if granted <= due or (paused is not None and paused < due):
            before, due = due, extension.applied(due, calendar)
            grants.append((granted, calendar.counted(before, due, target)))
    return Deadline(unpaused, _after(run, due, pauses, moved, extended=bool(grants)), tuple(grants))


def _after(run: Run, due: int, pauses: Sequence[Pause], moved: int, *, extended: bool) -> int:
    """Where ``due``, which the first ``moved`` of ``pauses`` have moved, comes to lie after all of them."""
    calendar, target = run.clock.calendar, run.clock.target
    if not extended:
        return calendar.due_after_pauses(run.started, target, calendar.due(run.started, target), pauses)
    for pause in pauses[moved:]:
        if pause.paused >= due:
            break
        due = calendar.postponed(due, pause.paused, pause.resumed, target)
    return due


def last_tenth(run: Run, now: int) -> range:
    """The instants from where 90 % of the target are used up to where all of it is, by what is known at ``now``."""
    over, since, _ = run.pauses_at(now)
    found = deadline(run, over, since)
    return range(share_at(run, over, found, LAST_TENTH), found.due)


def share_at(run: Run, pauses: Sequence[Pause], found: Deadline, percentage: int) -> int:
    """When ``percentage`` of the target is used up: of what it was at that instant."""
    calendar, target, started = run.clock.calendar, run.clock.target, run.started
    total = target.amount
    if target.unit is not Unit.WORKING_TIME:
        total = calendar.counted(started, found.unpaused, target)
    at = _moved(run, pauses, calendar.share(started, total, percentage, target))
    for granted, gained in found.grants:
        if at <= granted:
            break
        total += gained
        at = _moved(run, pauses, calendar.share(started, total, percentage, target))
    return at


def _moved(run: Run, pauses: Sequence[Pause], at: int) -> int:
    for pause in pauses:
        if pause.paused >= at:
            break
        at = run.clock.calendar.moved(at, pause.paused, pause.resumed, run.clock.target)
    return at
