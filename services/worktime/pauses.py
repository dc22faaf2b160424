"""An instant that was computed without pauses in; where it comes to lie after them out.

A pause moves working time and elapsed days by the counting time that it covers, working and calendar days by such days
that begin in it, and no due instant lies within one. A pause that begins when all is used up moves nothing. Instants
are integer microseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.worktime.calendar import Calendar
from services.worktime.target_text import Target, Unit

Pause = tuple[int, int, *tuple[object, ...]]
"""From and until; what else a caller keeps with them stands behind."""


def due_after_pauses(calendar: Calendar, start: int, target: Target, due: int, pauses: Iterable[Pause]) -> int:
    """Where ``due``, the due instant of ``target`` from ``start``, comes to lie. Pauses are ascending and disjoint."""
    unit, amount = target.unit, target.amount
    for paused, resumed, *_ in pauses:
        if paused >= due:
            break
        if unit is Unit.WORKING_TIME or unit is Unit.ELAPSED_DAYS:
            due = move(calendar, due, paused, resumed, target)
        else:
            amount += calendar.days_begun(unit, paused, resumed)
            due = max(resumed, calendar.due_by(start, unit, amount))
    return due


def postpone(calendar: Calendar, due: int, paused: int, resumed: int, target: Target) -> int:
    """Where ``due``, which another decision set, comes to lie after a pause that began before it."""
    unit = target.unit
    if unit is Unit.WORKING_TIME or unit is Unit.ELAPSED_DAYS:
        return move(calendar, due, paused, resumed, target)
    days = calendar.days_begun(unit, paused, resumed)
    return max(resumed, calendar.due_by(due, unit, days) if days else due)


def move(calendar: Calendar, when: int, paused: int, resumed: int, target: Target) -> int:
    """Where ``when`` comes to lie after a pause that began before it, counting time as ``target`` counts."""
    if target.elapsed:
        return when + resumed - paused
    return calendar.advanced(resumed, calendar.worked(paused, when))
