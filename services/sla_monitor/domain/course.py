"""A complaint's events in fold order in; the policy that holds and the course of each of its clocks out."""

from __future__ import annotations

from dataclasses import dataclass

from services.sla_monitor.domain.clocks import CANCELS
from services.sla_monitor.domain.entries import (
    CLOSED,
    EXTENDED,
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
from services.sla_monitor.domain.extensions import unpacked
from services.sla_monitor.domain.order import in_order
from services.sla_monitor.domain.policies import Clock, PolicyBook
from services.sla_monitor.domain.runs import Pause, Run

ENDS = frozenset({RESOLVED, CLOSED, WITHDRAWN})
OVERLAYS = frozenset({ROUTED, RECLASSIFIED})
PAUSES = frozenset({PAUSED, RESUMED})


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
        for since, queue in reversed(self.queues):
            if since <= when:
                return queue
        return None


def course(entries: list[Entry], book: PolicyBook) -> Course | None:
    """The fold. None for a complaint that nobody has received yet."""
    opened, over, routed = None, None, False
    found: list[Entry] = []
    moves: list[Entry] = []
    # One pass: a tick of many due complaints spends a tenth of its time here.
    for entry in in_order(entries):
        kind = entry.kind
        if opened is None and kind == RECEIVED:
            opened = entry
        if kind in ENDS:
            over = entry.occurred
        elif kind == REOPENED:
            over = None
        if kind in OVERLAYS:
            found.append(entry)
            routed = routed or kind == ROUTED
        if kind in book.moves and opened is not None:
            moves.append(entry)
    if opened is None:
        return None
    first, *later = book.known((opened.payload, *[entry.payload for entry in found]))
    clocks, attached, queues = first.clocks, opened.occurred, []
    for entry, known in zip(found, later, strict=True):
        if known.clocks is not clocks:
            clocks, attached = known.clocks, max(opened.occurred, entry.occurred)
        queues.append((entry.occurred, known.queue))
    runs = [run for clock in clocks for run in _runs(clock, moves)]
    return Course(opened, attached, routed, over, queues, runs)


def _runs(clock: Clock, entries: list[Entry]) -> list[Run]:
    """The cycles of one clock. A complaint waits for one thing at a time: the latest that was said."""
    definition = clock.definition
    runs: list[Run] = []
    run: Run | None = None
    may_start = not definition.after
    over = False
    towards: dict[int, int] = {}
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
                towards.clear()
        elif run.ended is not None:
            continue
        elif kind in definition.stops or kind in CANCELS:
            towards[kind] = towards.get(kind, 0) + 1
            if towards[kind] >= definition.stops.get(kind, 1):
                _resume(run, entry.occurred)
                run.ended, run.ended_by = entry.occurred, entry
        elif kind == PAUSED and entry.payload.partition(b"\0")[0] in clock.pause_on:
            if run.paused is None:
                run.paused, run.paused_by = entry.occurred, entry
        elif kind in PAUSES:
            _resume(run, entry.occurred)
        elif kind == EXTENDED:
            extension = unpacked(entry.payload)
            if extension.clock == clock.name:
                run.extensions.append((entry.occurred, extension))
    return runs


def _reopened(run: Run, entry: Entry) -> Run:
    """The run that goes on after a reopening: the same with the time between paused, or a new cycle."""
    if run.ended is None:
        _resume(run, entry.occurred)
    elif run.clock.restarts:
        return Run(run.clock, entry.event_id, entry.occurred)
    elif run.ended_by is not None and (run.cancelled or run.clock.definition.reopens):
        run.pauses.append(Pause(run.ended, entry.occurred, run.ended_by))
        run.ended = run.ended_by = None
    return run


def _resume(run: Run, when: int) -> None:
    if run.paused is not None and run.paused_by is not None:
        run.pauses.append(Pause(run.paused, when, run.paused_by))
        run.paused = run.paused_by = None
