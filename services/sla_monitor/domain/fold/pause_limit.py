"""A cycle's pauses and the time in; its pauses as far as they stop the clock by then, out.

A pause ends by itself at its own ``until``, and where the policy's ``max_pause`` is used up.
"""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.event_kinds import PAUSED
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause


class Pausing(NamedTuple):
    """The pauses that are over; when the one that is not began, and when it will end by itself."""

    over: list[Pause]
    since: int | None
    until: int | None


def limit_pauses(cycle: ClockCycle, now: int) -> Pausing:
    """Its pauses as of ``now``, none longer than its own end and the policy's ``max_pause`` leave to it.

    The limit is on all pauses of the cycle together; what they take of it is counted as a pause moves a due instant
    of that unit. The time until a reopening is no pause that it limits.
    """
    limit = cycle.clock.max_pause
    if limit is None and (cycle.paused is None or cycle.paused_until is None):
        return Pausing(cycle.pauses, cycle.paused, None)
    over, until = cycle.pauses[:], cycle.paused_until
    if limit is not None:
        calendar = cycle.clock.calendar
        spent = 0
        over = []
        for pause in cycle.pauses:
            if pause.event.kind == PAUSED:
                ends = min(pause.resumed, calendar.rest_due(pause.paused, limit, spent))
                spent += calendar.spent(pause.paused, ends, limit)
                over.append(pause._replace(resumed=ends))
            else:
                over.append(pause)
        over = [pause for pause in over if pause.paused < pause.resumed]
        if cycle.paused is not None:
            used_up = calendar.rest_due(cycle.paused, limit, spent)
            until = used_up if until is None else min(until, used_up)
    if cycle.paused is None or cycle.paused_by is None:
        return Pausing(over, None, None)
    if until is None or now < until:
        return Pausing(over, cycle.paused, until)
    if cycle.paused < until:
        over.append(Pause(cycle.paused, until, cycle.paused_by))
    return Pausing(over, None, None)
