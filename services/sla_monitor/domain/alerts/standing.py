"""How a clock stands, which of its alerts hold, how it ended: what assessments say and messages tell.

Plain classes: the constructor of a dataclass stays interpreted when this is compiled, and ticks make thousands.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import ClockState
from schemas.primitives import AlertLevel
from services.sla_monitor.domain.alerts.published import AlertKey
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, EndReason


class Standing:
    """How a clock stands, in microseconds. ``worked`` is as of its last change: it says the same whenever it is asked.

    ``due`` is None while it is paused, ``remaining`` while it is not. ``overrun`` is for a clock that ended late, and
    ``reason`` for one that ended without what it waited for.
    """

    def __init__(
        self,
        cycle: ClockCycle,
        state: ClockState,
        due: int | None,
        remaining: int | None,
        worked: int,
        overrun: int | None,
        reason: EndReason | None = None,
    ) -> None:
        self.cycle = cycle
        self.state = state
        self.due = due
        self.remaining = remaining
        self.worked = worked
        self.overrun = overrun
        self.reason = reason


class Alert:
    """A threshold that a cycle has passed, with what it had used up at that instant, and how many pauses it had.

    ``queue`` is where the complaint was, or would have been without a breach. ``retroactive``: the instant lies before
    the policy came to hold.
    """

    def __init__(
        self,
        cycle: ClockCycle,
        threshold: int,
        level: AlertLevel,
        at: int,
        due: int,
        worked: int,
        paused: int,
        closed: int,
        pauses: int,
        queue: str | None,
        *,
        retroactive: bool,
    ) -> None:
        self.cycle = cycle
        self.threshold = threshold
        self.level = level
        self.at = at
        self.due = due
        self.worked = worked
        self.paused = paused
        self.closed = closed
        self.pauses = pauses
        self.retroactive = retroactive
        self.queue = queue

    @property
    def key(self) -> AlertKey:
        """What names it within its complaint."""
        return AlertKey(self.cycle.clock.name, self.cycle.cycle_id, self.threshold)


class Assessment:
    """How a clock stands at an instant, the alerts that hold then, and ``next_at``, when to look again.

    That is the soonest later instant at which an alert of this cycle would hold, or its pause is over.
    """

    def __init__(self, standing: Standing, alerts: list[Alert], next_at: int | None) -> None:
        self.standing = standing
        self.alerts = alerts
        self.next_at = next_at


class Cause(NamedTuple):
    """What made the monitor look: an event, or the due instant of one."""

    event_id: str
    occurred: int


class Stop(NamedTuple):
    """What is said of a clock's end; ``alerts`` are those that stand."""

    reason: str
    overrun: int | None
    cause: Cause
    alerts: tuple[AlertKey, ...]
