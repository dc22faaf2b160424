"""A cycle's pauses and the time in; its pauses as far as the policy's ``max_pause`` lets them stop the clock, out."""

from __future__ import annotations

from typing import NamedTuple

from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause
from services.sla_monitor.domain.policy.event_kinds import PAUSED


class Pausing(NamedTuple):
    """The pauses that are over; when the one that is not began, and when the policy's limit will end it."""

    over: list[Pause]
    since: int | None
    until: int | None


def limit_pauses(cycle: ClockCycle, now: int) -> Pausing:
    """Its pauses as of ``now``, none longer than the policy's ``max_pause`` leaves to it.

    The limit is on all pauses of the cycle together; what they take of it is counted as a pause moves a due instant
    of that unit. The time until a reopening is no pause that it limits.
    """
    limit, calendar = cycle.clock.max_pause, cycle.clock.calendar
    if limit is None:
        return Pausing(cycle.pauses, cycle.paused, None)
    spent = 0
    over: list[Pause] = []
    for pause in cycle.pauses:
        if pause.event.kind == PAUSED:
            ends = min(pause.resumed, calendar.rest_due(pause.paused, limit, spent))
            spent += calendar.spent(pause.paused, ends, limit)
            over.append(pause._replace(resumed=ends))
        else:
            over.append(pause)
    over = [pause for pause in over if pause.paused < pause.resumed]
    if cycle.paused is None or cycle.paused_by is None:
        return Pausing(over, None, None)
    until = calendar.rest_due(cycle.paused, limit, spent)
    if now < until:
        return Pausing(over, cycle.paused, until)
    if cycle.paused < until:
        over.append(Pause(cycle.paused, until, cycle.paused_by))
    return Pausing(over, None, None)
