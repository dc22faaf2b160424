"""A complaint's pauses and one cycle of a clock in; the time that this cycle does not count, out.

A clock pauses for the reasons of its policy alone, and only while it runs; one that starts in the middle of such a
pause starts paused.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.lifecycle import pause as lifecycle
from services.lifecycle.contents import PauseContents
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, Pause


def pause_cycle(cycle: ClockCycle, over: Sequence[lifecycle.Pause], current: lifecycle.Pause | None) -> None:
    """Note in ``cycle`` the complaint's pauses that are over and the one that is not. Ends undone are in it already."""
    waits = [pause for pause in over if _waits(cycle, pause)]
    if waits:
        until = cycle.ended
        for pause in waits:
            since, ended = max(pause.since, cycle.started), pause.ended or 0
            cycle.pauses.append(Pause(since, ended if until is None else min(ended, until), pause.event))
        cycle.pauses = _without_overlaps(cycle.pauses)
    if cycle.ended is None and current is not None and _waits(cycle, current):
        cycle.paused, cycle.paused_by = max(current.since, cycle.started), current.event
        cycle.paused_until = current.ended


def _waits(cycle: ClockCycle, pause: lifecycle.Pause) -> bool:
    said = pause.event.contents
    return isinstance(said, PauseContents) and said.reason in cycle.clock.pause_on


def _without_overlaps(pauses: list[Pause]) -> list[Pause]:
    """In order, each from where the one before it is over; what is empty then is none."""
    disjoint: list[Pause] = []
    end = 0
    for pause in sorted(pauses, key=_since):
        since = max(pause.paused, end)
        if since < pause.resumed:
            disjoint.append(Pause(since, pause.resumed, pause.event))
            end = pause.resumed
    return disjoint


def _since(pause: Pause) -> int:
    return pause.paused
