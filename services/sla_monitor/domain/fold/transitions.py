"""One clock and the events that move clocks, in fold order, in; the cycles of that clock out.

A cycle is a state machine: TRANSITIONS says, for its state and for what an event means for the clock, the next state
and what is noted. What stands in no row changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from services.sla_monitor.domain.fold.clock_cycle import ClockCycle, CycleState, Pause
from services.sla_monitor.domain.fold.extension import Extension
from services.sla_monitor.domain.fold.stored_event import PauseContents, StoredEvent
from services.sla_monitor.domain.policy.clock import Clock, Meaning
from services.sla_monitor.domain.policy.event_kinds import CANCELS, REOPENED

Action = Callable[[Clock, list[ClockCycle], StoredEvent], None]


class Transition(NamedTuple):
    """The next state, and what is noted of the event."""

    state: CycleState
    action: Action


def fold_clock(clock: Clock, events: Iterable[StoredEvent]) -> list[ClockCycle]:
    """The cycles of one clock. A closed or withdrawn complaint starts none."""
    cycles: list[ClockCycle] = []
    state: CycleState = "blocked" if clock.definition.after else "waiting"
    closed = False
    for event in events:
        kind = event.kind
        closed = kind in CANCELS or (closed and kind != REOPENED)
        for possible in clock.meanings.get(kind, ()):
            meaning = "resume" if possible == "pause" and not _heeds(clock, event) else possible
            transition = TRANSITIONS[state].get(meaning)
            if transition is None or (closed and transition.action is _begin):
                continue
            if meaning == "stop" and not _is_last_stop(cycles[-1], kind):
                continue
            state = transition.state
            transition.action(clock, cycles, event)
            if cycles:
                cycles[-1].state = state
            break
    return cycles


def _heeds(clock: Clock, event: StoredEvent) -> bool:
    """A complaint waits for one thing at a time: a pause for a reason for which the clock goes on ends the last one."""
    return isinstance(event.contents, PauseContents) and event.contents.reason in clock.pause_on


def _is_last_stop(cycle: ClockCycle, kind: int) -> bool:
    """Count one more event that stops the clock; whether it is as many of its kind as it takes."""
    cycle.stops[kind] = cycle.stops.get(kind, 0) + 1
    return cycle.stops[kind] >= cycle.clock.definition.stops[kind]


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
DONE = Transition("done", _end)
CANCELLED = Transition("cancelled", _end)

TRANSITIONS: dict[CycleState, dict[Meaning, Transition]] = {
    "blocked": {"allow": Transition("waiting", _unblock)},
    "waiting": {"start": BEGIN, "start_again": BEGIN},
    "running": {
        "pause": Transition("paused", _pause),
        "extend": Transition("running", _extend),
        "stop": DONE,
        "cancel": CANCELLED,
    },
    "paused": {
        "resume": RESUME,
        "restart": RESUME,
        "undo_end": RESUME,
        "undo_cancellation": RESUME,
        "extend": Transition("paused", _extend),
        "stop": DONE,
        "cancel": CANCELLED,
    },
    "done": {"start_again": BEGIN, "restart": BEGIN, "undo_end": UNDO_END},
    "cancelled": {"restart": BEGIN, "undo_end": UNDO_END, "undo_cancellation": UNDO_END},
}
