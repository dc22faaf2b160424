"""One clock's further time, as an agent granted it: what the event says in, where a due instant moves out."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from schemas.events import DeadlineExtended
from services.lifecycle.contents import ExtensionContents
from services.worktime.instants import DAY
from services.worktime.target_text import Target, Unit

MOST_DAYS = 366
"""A slip of the keyboard is longer, and would lead out of the years that calendars answer for."""


class Extension(NamedTuple):
    """More time for one clock: until an instant, or by a target on the clock's own calendar."""

    until: int | None
    by: Target | None


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


@lru_cache(maxsize=1_024)
def extension_of(said: ExtensionContents) -> Extension:
    """What a readable event grants."""
    return Extension(said.until, None if said.by is None else Target.parse(said.by))
