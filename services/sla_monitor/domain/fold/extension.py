"""One clock's further time, as an agent granted it: the event in, where a due instant moves out."""

from __future__ import annotations

from typing import NamedTuple

from schemas.events import DeadlineExtended
from services.worktime.calendar import Calendar
from services.worktime.instants import DAY, microseconds
from services.worktime.target_text import Target, Unit

MOST_DAYS = 366
"""A slip of the keyboard is longer, and would lead out of the years that calendars answer for."""


class Extension(NamedTuple):
    """More time for one clock: until an instant, or by a target on the clock's own calendar."""

    clock: str
    until: int | None
    by: Target | None

    def extend(self, due: int, calendar: Calendar) -> int:
        """Where ``due`` comes to lie: never sooner."""
        return max(due, self.until or due) if self.by is None else calendar.due(due, self.by)


def is_readable(event: DeadlineExtended) -> bool:
    """Whether it says either ``until`` or ``by``, and ``by`` is a target of a year at most."""
    if event.by is None:
        return event.until is not None
    try:
        target = Target.parse(event.by)
    except ValueError:
        return False
    most = MOST_DAYS * DAY if target.unit is Unit.WORKING_TIME else MOST_DAYS
    return event.until is None and target.amount <= most


def extension_of(event: DeadlineExtended) -> Extension:
    """What a readable event grants."""
    return Extension(
        event.clock,
        None if event.until is None else microseconds(event.until),
        None if event.by is None else Target.parse(event.by),
    )
