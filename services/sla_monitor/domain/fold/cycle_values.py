"""One clock in one cycle, as the fold leaves it: when it started, was paused and ended."""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.lifecycle.contents import PauseContents
from services.lifecycle.event_kinds import TYPES
from services.lifecycle.stored_event import StoredEvent
from services.sla_monitor.domain.fold.extension import Extension
from services.sla_monitor.domain.policy.clock import Clock

CycleState = Literal["blocked", "waiting", "running", "done", "ended", "cancelled"]
"""Of a clock's latest cycle by its events alone: before the first, ``blocked`` until a start may come, then waiting.

``done`` is stopped by what it waited for, ``ended`` by what made it pointless.
"""

EndReason = Literal["resolved", "too_many_events", "beyond_calendar"]
"""Why a clock ended without what it waited for."""


class Pause(NamedTuple):
    """Time that a cycle does not count, and the event it began with: a pause, or the end that a reopening undid."""

    paused: int
    resumed: int
    event: StoredEvent

    @property
    def reason(self) -> str:
        """What was said of it, or the type of the event."""
        contents = self.event.contents
        return contents.reason if isinstance(contents, PauseContents) else TYPES[self.event.kind]

    @property
    def agent(self) -> str | None:
        """Who paused, if it is known."""
        contents = self.event.contents
        return contents.agent if isinstance(contents, PauseContents) else None


class ClockCycle:
    """``pauses`` are over; ``paused`` is when the one that is not began, and ``paused_by`` the event it began with.

    ``paused_until`` is when that one ends by itself. ``extensions`` stand with the instants at which they were granted,
    ``stops`` are numbers of events by kind.
    """

    def __init__(self, clock: Clock, cycle_id: bytes, started: int) -> None:
        self.clock = clock
        self.cycle_id = cycle_id
        self.started = started
        self.state: CycleState = "running"
        self.pauses: list[Pause] = []
        self.extensions: list[tuple[int, Extension]] = []
        self.stops: dict[int, int] = {}
        self.paused: int | None = None
        self.paused_until: int | None = None
        self.paused_by: StoredEvent | None = None
        self.ended: int | None = None
        self.ended_by: StoredEvent | None = None
        self.end_reason: EndReason | None = None
