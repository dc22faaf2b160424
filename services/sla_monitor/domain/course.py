"""A complaint's events in fold order in; the policy that holds and the course of each of its clocks out."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.events import LIFECYCLE_RANK
from schemas.primitives import Event
from services.sla_monitor.domain.clocks import CANCELS, DEFINITIONS
from services.sla_monitor.domain.entries import (
    CLOSED,
    PAUSED,
    RECEIVED,
    RECLASSIFIED,
    REOPENED,
    RESOLVED,
    RESUMED,
    ROUTED,
    WITHDRAWN,
    Entry,
)
from services.sla_monitor.domain.order import in_order
from services.sla_monitor.domain.policies import Clock, PolicyBook

ENDS = frozenset({RESOLVED, CLOSED, WITHDRAWN})
MOVES = CANCELS | {REOPENED, PAUSED, RESUMED}.union(
    *(definition.starts | definition.stops for definition in DEFINITIONS.values())
)
"""The kinds that move a clock."""
OVERLAYS = frozenset({ROUTED, RECLASSIFIED})
PAUSES = frozenset({PAUSED, RESUMED})


IDLE = frozenset(name for name, rank in LIFECYCLE_RANK.items() if rank not in MOVES | OVERLAYS | {RECEIVED})


def moves_nothing(event: Event) -> bool:
    """Whether an event changes neither a clock nor what is known. It is kept: a routing may answer it."""
    return event.type in IDLE


@dataclass(slots=True)
class Run:
    """One clock in one cycle. ``pauses`` are over; ``paused`` is when the one that is not began."""

    clock: Clock
    cycle: bytes
    started: int
    pauses: list[tuple[int, int]] = field(default_factory=list)
    paused: int | None = None
    ended: int | None = None
    ended_by: Entry | None = None

    @property
    def cancelled(self) -> bool:
        """Whether it ended because the complaint did, and not because its work was done."""
        return self.ended_by is not None and self.ended_by.kind in CANCELS


@dataclass(slots=True)
class Course:
    """A complaint as a whole. ``attached`` is when its policy began to hold, ``over`` when it ended for good."""

    opened: Entry
    attached: int
    routed: bool
    over: int | None
    queues: list[tuple[int, str | None]]
    runs: list[Run]

    def queue_at(self, when: int) -> str | None:
        """The queue it was in then, or would have been without a breach."""
        return next((queue for since, queue in reversed(self.queues) if since <= when), None)


def course(entries: list[Entry], book: PolicyBook) -> Course | None:
    """The fold. None for a complaint that nobody has received yet."""
    ordered = in_order(entries)
    opened = next((entry for entry in ordered if entry.kind == RECEIVED), None)
    if opened is None:
        return None
    over = None
    for entry in ordered:
        if entry.kind in ENDS:
            over = entry.occurred
        elif entry.kind == REOPENED:
            over = None
    found = [entry for entry in ordered if entry.kind in OVERLAYS]
    first, *later = book.known((opened.payload, *[entry.payload for entry in found]))
    clocks, attached, queues = first.clocks, opened.occurred, []
    for entry, known in zip(found, later, strict=True):
        if known.clocks is not clocks:
            clocks, attached = known.clocks, max(opened.occurred, entry.occurred)
        queues.append((entry.occurred, known.queue))
    routed = any(entry.kind == ROUTED for entry in found)
    moves = [entry for entry in ordered[ordered.index(opened) :] if entry.kind in MOVES]
    runs = [run for clock in clocks for run in _runs(clock, moves)]
    return Course(opened, attached, routed, over, queues, runs)


def _runs(clock: Clock, entries: list[Entry]) -> list[Run]:
    """The cycles of one clock. A complaint waits for one thing at a time: the latest that was said."""
    definition = clock.definition
    runs: list[Run] = []
    run: Run | None = None
    may_start = not definition.after
    over = False
    for entry in entries:
        kind = entry.kind
        over = kind in CANCELS or (over and kind != REOPENED)
        may_start = may_start or kind in definition.after
        if run is None or (run.ended is not None and definition.repeats and kind != REOPENED):
            if kind in definition.starts and may_start and not over:
                run = Run(clock, entry.event_id, entry.occurred)
                runs.append(run)
        elif kind == REOPENED:
            run = _reopened(run, entry)
            if run is not runs[-1]:
                runs.append(run)
        elif run.ended is not None:
            continue
        elif kind in definition.stops or kind in CANCELS:
            _resume(run, entry.occurred)
            run.ended, run.ended_by = entry.occurred, entry
        elif kind == PAUSED and entry.payload in clock.pause_on:
            run.paused = entry.occurred if run.paused is None else run.paused
        elif kind in PAUSES:
            _resume(run, entry.occurred)
    return runs


def _reopened(run: Run, entry: Entry) -> Run:
    """The run that goes on after a reopening: the same with the time between paused, or a new cycle."""
    if run.ended is None:
        _resume(run, entry.occurred)
    elif run.clock.restarts:
        return Run(run.clock, entry.event_id, entry.occurred)
    elif run.cancelled or run.clock.definition.reopens:
        run.pauses.append((run.ended, entry.occurred))
        run.ended = run.ended_by = None
    return run


def _resume(run: Run, when: int) -> None:
    if run.paused is not None:
        run.pauses.append((run.paused, when))
        run.paused = None
