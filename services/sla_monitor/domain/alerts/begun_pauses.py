"""A complaint's state and the event of a pause in; which clocks it stopped, in which queue and how late, out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from services.sla_monitor.domain.alerts.deadline import last_tenth
from services.sla_monitor.domain.fold.clock_cycle import ClockCycle
from services.sla_monitor.domain.fold.complaint_state import ComplaintState


class BegunPause(NamedTuple):
    """One clock that a pause stopped. ``queue`` is where the complaint was, None before it was routed."""

    clock: str
    queue: str | None
    in_last_tenth: bool


def find_begun_pauses(complaint: ComplaintState, event_id: bytes, now: int) -> Iterator[BegunPause]:
    """Every clock that the event paused: not one that does not pause for its reason, or that was paused already."""
    for cycle in complaint.cycles:
        paused = _paused_by(cycle, event_id)
        if paused is not None:
            yield BegunPause(cycle.clock.name, complaint.queue_at(paused), paused in last_tenth(cycle, now))


def _paused_by(cycle: ClockCycle, event_id: bytes) -> int | None:
    if cycle.paused_by is not None and cycle.paused_by.event_id == event_id:
        return cycle.paused
    return next((pause.paused for pause in cycle.pauses if pause.event.event_id == event_id), None)
