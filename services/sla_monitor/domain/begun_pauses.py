"""A complaint's course and the event of a pause in; which clocks it stopped, in which queue and how late, out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from services.sla_monitor.domain.course import Course
from services.sla_monitor.domain.deadline import last_tenth
from services.sla_monitor.domain.runs import Run


class BegunPause(NamedTuple):
    """One clock that a pause stopped. ``queue`` is where the complaint was, None before it was routed."""

    clock: str
    queue: str | None
    in_last_tenth: bool


def begun_pauses(seen: Course, event_id: bytes, now: int) -> Iterator[BegunPause]:
    """Every clock that the event paused: not one that does not pause for its reason, or that was paused already."""
    for run in seen.runs:
        paused = _paused_by(run, event_id)
        if paused is not None:
            yield BegunPause(run.clock.name, seen.queue_at(paused), paused in last_tenth(run, now))


def _paused_by(run: Run, event_id: bytes) -> int | None:
    if run.paused_by is not None and run.paused_by.event_id == event_id:
        return run.paused
    return next((pause.paused for pause in run.pauses if pause.entry.event_id == event_id), None)
