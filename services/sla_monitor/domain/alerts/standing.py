"""How a clock stands, which of its alerts hold, how it ended: what assessments say and messages tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from schemas.derived import ClockState
from schemas.primitives import AlertLevel
from services.sla_monitor.domain.alerts.published import AlertKey
from services.sla_monitor.domain.fold.clock_cycle import ClockCycle


@dataclass(slots=True)
class Standing:
    """How a clock stands, in microseconds. ``worked`` is as of its last change: it says the same whenever it is asked.

    ``due`` is None while it is paused, ``remaining`` while it is not. ``overrun`` is for a clock that ended late.
    """

    cycle: ClockCycle
    state: ClockState
    due: int | None
    remaining: int | None
    worked: int
    overrun: int | None


@dataclass(slots=True)
class Alert:
    """A threshold that a cycle has passed, with what it had used up at that instant, and how many pauses it had.

    ``queue`` is where the complaint was, or would have been without a breach. ``retroactive``: the instant lies before
    the policy came to hold.
    """

    cycle: ClockCycle
    threshold: int
    level: AlertLevel
    at: int
    due: int
    worked: int
    paused: int
    closed: int
    pauses: int
    retroactive: bool
    queue: str | None

    @property
    def key(self) -> AlertKey:
        """What names it within its complaint."""
        return AlertKey(self.cycle.clock.name, self.cycle.cycle_id, self.threshold)


@dataclass(slots=True)
class Assessment:
    """How a clock stands at an instant, the alerts that hold then, and ``next``, when to look again.

    That is the soonest later instant at which an alert of this cycle would hold, or its pause is over.
    """

    standing: Standing
    alerts: list[Alert]
    next: int | None


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
