"""What an event of a clock or an alert says in; the digest out by which a change is seen, and from which ids come.

No digest contains when something was recorded or how late, so a replay writes the same ids again.
"""

from __future__ import annotations

from hashlib import sha1
from struct import Struct

from schemas.derived import ClockState
from services.sla_monitor.domain.alerts.standing import Alert, Cause, Standing, Stop

STATUS = Struct(">Bqqqq")
ALERT = Struct(">HqqqqqqH?")
ENDED = 2
"""The number of a clock that has ended, met or breached: its overrun tells which."""
STATES: dict[ClockState, int] = {"running": 0, "paused": 1, "met": ENDED, "breached": 3, "cancelled": 4, "ended": 5}


def alert_digest(alert: Alert) -> bytes:
    """Of what an alert says, but for when it was recorded and how late."""
    cycle = alert.cycle
    content = ALERT.pack(
        alert.threshold,
        alert.at,
        alert.due,
        alert.worked,
        alert.paused,
        alert.closed,
        cycle.started,
        alert.pauses,
        alert.retroactive,
    )
    owner, runbook = cycle.clock.contacts[alert.threshold]
    content += f"{alert.level}\0{alert.queue}\0{owner}\0{runbook}".encode()
    return sha1(cycle.clock.identity + content, usedforsecurity=False).digest()


def withdrawal_digest(reason: str, cause: Cause) -> bytes:
    """Of what is said of an alert that does not hold any more."""
    return _digest((reason, *cause))


def stop_digest(stop: Stop) -> bytes:
    """Of what is said of a clock's end."""
    return _digest(tuple(stop))


def clocks_digest(standings: list[Standing]) -> bytes:
    """Of how all clocks stand."""
    return sha1(b"".join([_status(standing) for standing in standings]), usedforsecurity=False).digest()


def _digest(content: tuple[object, ...]) -> bytes:
    return sha1(repr(content).encode(), usedforsecurity=False).digest()


def _status(standing: Standing) -> bytes:
    cycle, remaining, overrun = standing.cycle, _or(standing.remaining), _or(standing.overrun)
    ended_late = standing.state == "breached" and standing.overrun is not None
    state = ENDED if ended_late else STATES[standing.state]
    content = STATUS.pack(state, standing.due or 0, remaining, standing.worked, overrun)
    return cycle.clock.identity + cycle.cycle_id + content + (standing.reason or "").encode()


def _or(microseconds: int | None) -> int:
    """A number for none that no count has."""
    return -1 if microseconds is None else microseconds
