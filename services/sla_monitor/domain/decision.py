"""What the monitor decides of one event or due instant, and when: what goes in beside the row, what comes out."""

from __future__ import annotations

from typing import Literal, NamedTuple

from schemas.rendering import Rendered
from services.sla_monitor.domain.alerts.messages import AlertEvent
from services.sla_monitor.domain.alerts.pause_starts import PauseStart

Reason = Literal[
    "published",
    "nothing_changed",
    "duplicate",
    "held",
    "forgotten",
    "expired",
    "too_many_events",
    "no_such_clock",
    "unreadable_extension",
]
"""``held`` waits for its complaint's reception; ``forgotten`` came too long after its end; ``expired`` is a complaint
whose row is dropped.
"""


class Moment(NamedTuple):
    """``now`` is the partition's time, ``recorded`` the wall clock, in microseconds since 1970."""

    now: int
    recorded: int


class Decision(NamedTuple):
    """``row`` is what stands afterwards, None for none; ``due`` when to look again.

    An event that is refused, as an unreadable_extension, changes nothing.
    """

    reason: Reason
    row: bytes | None
    due: int | None = None
    alerts: tuple[AlertEvent, ...] = ()
    clocks_changed: Rendered | None = None
    opened: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    pauses: tuple[PauseStart, ...] = ()
