"""What the monitor makes of complaints in; who and what pauses their clocks, how long and how late, out.

Time is elapsed time, closed hours included, as in alerts. Between a resolution and the reopening that undoes it a clock
has no time, and nobody paused it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from services.lifecycle.event_kinds import PAUSED
from services.sla_monitor.domain.alerts.pause_starts import last_tenth
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.review.intervals import Interval, clip, intervals_of, length
from services.sla_monitor.review.recorded_events import Conclusion
from services.worktime.instants import SECOND


class Pauser(NamedTuple):
    """An agent or a queue (``field`` is agent_id or queue, ``name`` None where it is not known), and one clock."""

    field: str
    name: str | None
    clock: str


@dataclass(slots=True)
class Tally:
    """Numbers of pauses, and microseconds."""

    pauses: int = 0
    in_last_tenth: int = 0
    paused: int = 0
    time: int = 0

    def count(self, begun: list[Interval], late: range, paused: list[Interval], time: list[Interval]) -> None:
        """Pauses that began, the instants at which that is late, what was paused, and all of the clock's time."""
        self.pauses += len(begun)
        self.in_last_tenth += sum(pause.start in late for pause in begun)
        self.paused += length(paused)
        self.time += length(time)


class PauseCounts:
    """Counts as complaints are added, up to the instant ``now``."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._tallies: defaultdict[Pauser, Tally] = defaultdict(Tally)

    def add(self, conclusion: Conclusion) -> None:
        """Count the pauses of one complaint's clocks: for who paused, and for the queues it was in."""
        for assessment in conclusion.assessments:
            cycle = assessment.standing.cycle
            time = [interval for interval in intervals_of(cycle, self._now) if not _was_over(interval)]
            pauses = [interval for interval in time if interval.kind == "paused"]
            late = last_tenth(cycle, self._now) if pauses else range(0)
            for agent in {_agent(pause) for pause in pauses}:
                own = [pause for pause in pauses if _agent(pause) == agent]
                self._tallies[Pauser("agent_id", agent, cycle.clock.name)].count(own, late, own, time)
            for since, until, queue in self._stays(conclusion, cycle):
                begun = [pause for pause in pauses if since <= pause.start < until]
                parts = clip(pauses, since, until), clip(time, since, until)
                self._tallies[Pauser("queue", queue, cycle.clock.name)].count(begun, late, *parts)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Agents before queues, by name and clock; what is not known first."""
        for pauser in sorted(self._tallies, key=lambda pauser: (pauser.field, pauser.name or "", pauser.clock)):
            tally = self._tallies[pauser]
            yield {
                pauser.field: pauser.name,
                "clock": pauser.clock,
                "pauses": tally.pauses,
                "in_last_tenth": tally.in_last_tenth,
                "paused_seconds": tally.paused / SECOND,
                "clock_seconds": tally.time / SECOND,
                "paused_share": tally.paused / tally.time if tally.time else None,
            }

    def _stays(self, conclusion: Conclusion, cycle: ClockCycle) -> Iterator[tuple[int, int, str | None]]:
        """The cycle's time, cut where the complaint changed its queue."""
        end = self._now if cycle.ended is None else cycle.ended
        changes = {since for since, _ in conclusion.complaint.queues if cycle.started < since < end}
        for since, until in pairwise([cycle.started, *sorted(changes), end]):
            yield since, until, conclusion.complaint.queue_at(since)


def _was_over(interval: Interval) -> bool:
    """Whether the clock had ended then, until a reopening undid it."""
    return interval.pause is not None and interval.pause.event.kind != PAUSED


def _agent(interval: Interval) -> str | None:
    return None if interval.pause is None else interval.pause.agent
