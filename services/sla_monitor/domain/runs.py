"""One clock in one cycle, as the fold leaves it: when it started, was paused and ended."""

from __future__ import annotations

from typing import NamedTuple

from services.sla_monitor.domain.clocks import CANCELS
from services.sla_monitor.domain.entries import PAUSED, TYPES, Entry
from services.sla_monitor.domain.extensions import Extension
from services.sla_monitor.domain.policies import Clock


class Pause(NamedTuple):
    """Time that a run does not count, and the event it began with: a pause, or the end that a reopening undid."""

    paused: int
    resumed: int
    entry: Entry

    @property
    def reason(self) -> str:
        """What was said of it, or the type of the event."""
        return self._said(0) if self.entry.kind == PAUSED else TYPES[self.entry.rank]

    @property
    def agent(self) -> str | None:
        """Who paused, if it is known."""
        return self._said(1) or None if self.entry.kind == PAUSED else None

    def _said(self, place: int) -> str:
        return self.entry.payload.split(b"\0")[place].decode()


class Pausing(NamedTuple):
    """The pauses that are over; when the one that is not began, and when the policy's limit will end it."""

    over: list[Pause]
    since: int | None
    until: int | None


class Run:
    """``pauses`` are over; ``paused`` is when the one that is not began, and ``paused_by`` the event it began with.

    ``extensions`` stand with the instants at which they were granted.
    """

    def __init__(self, clock: Clock, cycle: bytes, started: int) -> None:
        self.clock = clock
        self.cycle = cycle
        self.started = started
        self.pauses: list[Pause] = []
        self.extensions: list[tuple[int, Extension]] = []
        self.paused: int | None = None
        self.paused_by: Entry | None = None
        self.ended: int | None = None
        self.ended_by: Entry | None = None

    @property
    def cancelled(self) -> bool:
        """Whether it ended because the complaint did, and not because its work was done."""
        ended_by = self.ended_by
        return ended_by is not None and ended_by.kind in CANCELS and ended_by.kind not in self.clock.definition.stops

    def pauses_at(self, now: int) -> Pausing:
        """Its pauses as of ``now``, none longer than the policy's ``max_pause`` leaves to it.

        The limit is on all pauses of the cycle together; what they take of it is counted as a pause moves a due instant
        of that unit. The time until a reopening is no pause that it limits.
        """
        limit, calendar = self.clock.max_pause, self.clock.calendar
        if limit is None:
            return Pausing(self.pauses, self.paused, None)
        spent = 0
        over: list[Pause] = []
        for pause in self.pauses:
            if pause.entry.kind == PAUSED:
                ends = min(pause.resumed, calendar.rest_due(pause.paused, limit, spent))
                spent += calendar.spent(pause.paused, ends, limit)
                over.append(pause._replace(resumed=ends))
            else:
                over.append(pause)
        over = [pause for pause in over if pause.paused < pause.resumed]
        if self.paused is None or self.paused_by is None:
            return Pausing(over, None, None)
        until = calendar.rest_due(self.paused, limit, spent)
        if now < until:
            return Pausing(over, self.paused, until)
        if self.paused < until:
            over.append(Pause(self.paused, until, self.paused_by))
        return Pausing(over, None, None)
