"""One clock and the events that move clocks, in fold order, in; the cycles of that clock out.

A cycle is a state machine: TRANSITIONS says, for its state and for what an event means for the clock, the next state
and what is noted. What stands in no row changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from services.sla_monitor.domain.fold.cycle_values import ClockCycle, CycleState, Pause
from services.sla_monitor.domain.fold.extension import Extension
from services.sla_monitor.domain.fold.stored_event import PauseContents, StoredEvent
from services.sla_monitor.domain.policy.clock import Clock, Meaning

CLOCKS = 4_096
"""Clocks whose steps are kept."""

Action = Callable[[Clock, list[ClockCycle], StoredEvent], None]
Guard = Callable[[Clock, list[ClockCycle], StoredEvent], bool]


@dataclass(frozen=True, slots=True)
class Transition:
    """The next state, and what is noted of the event; only where the guard says so, if there is one."""

    state: CycleState
    action: Action
    guard: Guard | None = None


def fold_clock(clock: Clock, events: Iterable[StoredEvent], closed: set[bytes]) -> list[ClockCycle]:
    """The cycles of one clock. Events whose ids are in ``closed`` start none: the complaint was closed or withdrawn."""
    cycles: list[ClockCycle] = []
    steps = _steps(clock)
    state: CycleState = "blocked" if clock.definition.after else "waiting"
    for event in events:
        transition = steps[state].get(event.kind)
        if transition is None:
            continue
        guard, action = transition.guard, transition.action
        if (guard is None or guard(clock, cycles, event)) and not (action is _begin and event.event_id in closed):
            state = transition.state
            action(clock, cycles, event)
            if cycles:
                cycles[-1].state = state
    return cycles


@lru_cache(maxsize=CLOCKS)
def _steps(clock: Clock) -> dict[CycleState, dict[int, Transition]]:
    """The table for one clock: by state and kind of event. No two meanings of a kind stand in one row."""
    return {
        state: {
            kind: row[meaning] for kind, meanings in clock.meanings.items() for meaning in meanings if meaning in row
        }
        for state, row in TRANSITIONS.items()
    }


def _waits(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> bool:
    """Whether the clock pauses for this reason."""
    return isinstance(event.contents, PauseContents) and event.contents.reason in clock.pause_on


def _goes_on(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> bool:
    """A complaint waits for one thing at a time: a reason for which the clock goes on ends a pause for another."""
    return not _waits(clock, cycles, event)


def _is_last_stop(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> bool:
    """Count one more event that stops the clock; whether it is as many of its kind as it takes."""
    kind, stops = event.kind, cycles[-1].stops
    needed = clock.definition.stops[kind]
    if needed == 1:
        return True
    stops[kind] = stops.get(kind, 0) + 1
    return stops[kind] >= needed


def _unblock(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    """A start may come."""


def _begin(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    cycles.append(ClockCycle(clock, event.event_id, event.occurred))


def _pause(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    cycles[-1].paused, cycles[-1].paused_by = event.occurred, event


def _resume(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    cycle = cycles[-1]
    if cycle.paused is not None and cycle.paused_by is not None:
        cycle.pauses.append(Pause(cycle.paused, event.occurred, cycle.paused_by))
        cycle.paused = cycle.paused_by = None


def _extend(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    if isinstance(event.contents, Extension) and event.contents.clock == clock.name:
        cycles[-1].extensions.append((event.occurred, event.contents))


def _end(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    _resume(clock, cycles, event)
    cycles[-1].ended, cycles[-1].ended_by = event.occurred, event


def _undo_end(clock: Clock, cycles: list[ClockCycle], event: StoredEvent) -> None:
    """The cycle goes on, with the time between paused."""
    cycle = cycles[-1]
    if cycle.ended is not None and cycle.ended_by is not None:
        cycle.pauses.append(Pause(cycle.ended, event.occurred, cycle.ended_by))
        cycle.ended = cycle.ended_by = None


BEGIN = Transition("running", _begin)
RESUME = Transition("running", _resume)
UNDO_END = Transition("running", _undo_end)
STOP = Transition("done", _end, _is_last_stop)
CANCEL = Transition("cancelled", _end)

TRANSITIONS: dict[CycleState, dict[Meaning, Transition]] = {
    "blocked": {"allow": Transition("waiting", _unblock)},
    "waiting": {"start": BEGIN, "start_again": BEGIN},
    "running": {
        "pause": Transition("paused", _pause, _waits),
        "extend": Transition("running", _extend),
        "stop": STOP,
        "cancel": CANCEL,
    },
    "paused": {
        "pause_otherwise": Transition("running", _resume, _goes_on),
        "resume": RESUME,
        "restart": RESUME,
        "undo_end": RESUME,
        "undo_cancellation": RESUME,
        "extend": Transition("paused", _extend),
        "stop": STOP,
        "cancel": CANCEL,
    },
    "done": {"start_again": BEGIN, "restart": BEGIN, "undo_end": UNDO_END},
    "cancelled": {"restart": BEGIN, "undo_end": UNDO_END, "undo_cancellation": UNDO_END},
}
