"""A complaint's state and the event of a pause in; the clocks that it stopped, with queue and last tenth, out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from services.sla_monitor.domain.alerts.deadline import deadline, share_at
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.fold.pause_limit import limit_pauses
from services.worktime.spans import BeyondCalendar

LAST_TENTH = 90
"""The percentage of a clock's target at which its last tenth begins."""


class PauseStart(NamedTuple):
    """One clock that a pause stopped. ``queue`` is where the complaint was, None before it was routed."""

    clock: str
    queue: str | None
    in_last_tenth: bool


def find_pause_starts(complaint: ComplaintState, event_id: bytes, now: int) -> Iterator[PauseStart]:
    """Every clock that the event paused: not one that does not pause for its reason, or that was paused already."""
    for cycle in complaint.cycles:
        paused = _paused_by(cycle, event_id)
        if paused is not None:
            with suppress(BeyondCalendar):
                yield PauseStart(cycle.clock.name, complaint.queue_at(paused), paused in last_tenth(cycle, now))


def _paused_by(cycle: ClockCycle, event_id: bytes) -> int | None:
    if cycle.paused_by is not None and cycle.paused_by.event_id == event_id:
        return cycle.paused
    return next((pause.paused for pause in cycle.pauses if pause.event.event_id == event_id), None)


def last_tenth(cycle: ClockCycle, now: int) -> range:
    """The instants from where 90 % of the target are used up to where all of it is, by what is known at ``now``."""
    over, since, _ = limit_pauses(cycle, now)
    known = deadline(cycle, over, since)
    return range(share_at(known, LAST_TENTH), known.due)
