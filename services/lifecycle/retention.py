"""How long a complaint is known: which late events still count, and when its row may be dropped. One table for all.

Whether an event counts is a function of the events alone: its instant against the end of the complaint. So it is the
same at any speed. A row is kept for longer where it was read late, so that what still counts finds it.
"""

from __future__ import annotations

from typing import Final

from services.lifecycle.effects import Status
from services.lifecycle.history import History
from services.worktime.instants import DAY

WINDOWS: Final[dict[Status, int]] = {"resolved": 365 * DAY, "ended": 30 * DAY}
"""How long after its end, by its status, what happens to a complaint counts. An open complaint has no end."""

HELD_FOR: Final = 7 * DAY
"""How long events of a complaint that nobody received wait for its reception."""


def is_forgotten(history: History, at: int) -> bool:
    """Whether what happens at ``at`` comes too long after the complaint's end to count."""
    return history.status != "open" and at > history.since + WINDOWS[history.status]


def find_triage(history: History, touched: int) -> int:
    """When work on a complaint that nobody received goes to triage: its reception has not come for long enough.

    ``touched`` is when its events were first read, 0 where an earlier history of the complaint is known.
    """
    return max(history.opened.occurred, touched) + HELD_FOR


def find_drop(history: History | None, touched: int) -> int | None:
    """When the row of a complaint may be dropped, which was ``touched`` (read) last at that instant; None for never.

    Without a history its events wait for their reception.
    """
    if history is None:
        return touched + HELD_FOR
    if history.status == "open":
        return None
    return max(history.since, touched) + WINDOWS[history.status]
