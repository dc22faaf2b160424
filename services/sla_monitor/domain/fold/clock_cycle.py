"""One clock and a complaint's steps in; the cycles of that clock, as yet without the complaint's pauses, out.

A cycle is a state machine: TRANSITIONS says, for its state and for what an event means for the clock, the next state
and what is noted. What stands in no row changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from services.lifecycle.contents import ExtensionContents
from services.lifecycle.event_kinds import CUSTOMER_REPLIED, RELEASED, REOPENED, REPLIES
from services.lifecycle.fold import Step
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, CycleState, Pause
from services.sla_monitor.domain.fold.extension import extension_of
from services.sla_monitor.domain.policy.clock import Clock, Meaning

CLOCKS = 4_096
"""Clocks whose steps are kept."""

WITHOUT_EFFECT: frozenset[str] = frozenset(
    ("already_received", "already_assigned", "replaces_another", "not_assigned", "releases_another", "already_open")
)
"""What an event did that moves no clock."""


class ClockFold:
    """One clock's cycles so far. ``unanswered``: the customer wrote while the complaint was not open."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.cycles: list[ClockCycle] = []
        self.state: CycleState = "blocked" if clock.definition.after else "waiting"
        self.unanswered = False


Action = Callable[[ClockFold, Step], None]
Guard = Callable[[ClockFold, Step], bool]


@dataclass(frozen=True, slots=True)
class Transition:
    """The next state, and what is noted of the event; only where the guard says so, and ``otherwise`` where not."""

    state: CycleState
    action: Action
    guard: Guard | None = None
    otherwise: Action | None = None


def fold_clock(clock: Clock, steps: Iterable[Step]) -> list[ClockCycle]:
    """The cycles of one clock."""
    fold = ClockFold(clock)
    transitions = _transitions(clock)
    repeats = clock.definition.repeats
    for step in steps:
        kind, effect = step.event.kind, step.effect
        transition = transitions[fold.state].get(kind)
        if transition is not None and effect not in WITHOUT_EFFECT and (kind != RELEASED or effect == "released"):
            _move(fold, transition, step)
        if repeats:
            _note_unanswered(fold, step)
    return fold.cycles


def _note_unanswered(fold: ClockFold, step: Step) -> None:
    kind = step.event.kind
    if step.status != "open":
        if kind == CUSTOMER_REPLIED:
            fold.unanswered = True
        elif kind in REPLIES:
            fold.unanswered = False
    elif kind == REOPENED:
        fold.unanswered = False


def _move(fold: ClockFold, transition: Transition, step: Step) -> None:
    if transition.guard is not None and not transition.guard(fold, step):
        if transition.otherwise is not None:
            transition.otherwise(fold, step)
        return
    fold.state = transition.state
    transition.action(fold, step)
    if fold.cycles:
        fold.cycles[-1].state = fold.state


@lru_cache(maxsize=CLOCKS)
def _transitions(clock: Clock) -> dict[CycleState, dict[int, Transition]]:
    """The table for one clock: by state and kind of event. No two meanings of a kind stand in one row."""
    return {
        state: {
            kind: row[meaning] for kind, meanings in clock.meanings.items() for meaning in meanings if meaning in row
        }
        for state, row in TRANSITIONS.items()
    }


def _may_start(fold: ClockFold, step: Step) -> bool:
    """Whether clocks start after this event: none once the complaint is over, and no response to a resolved one."""
    return step.status == "open" or (step.status == "resolved" and not fold.clock.definition.is_response)


def _is_unanswered(fold: ClockFold, step: Step) -> bool:
    return fold.unanswered


def _is_last_stop(fold: ClockFold, step: Step) -> bool:
    """Whether this is as many of its kind as it takes to stop the clock."""
    kind = step.event.kind
    needed = fold.clock.definition.stops[kind]
    return needed == 1 or fold.cycles[-1].stops.get(kind, 0) + 1 >= needed


def _count_stop(fold: ClockFold, step: Step) -> None:
    kind, stops = step.event.kind, fold.cycles[-1].stops
    stops[kind] = stops.get(kind, 0) + 1


def _unblock(fold: ClockFold, step: Step) -> None:
    """A start may come."""


def _begin(fold: ClockFold, step: Step) -> None:
    fold.cycles.append(ClockCycle(fold.clock, step.event.event_id, step.at))


def _extend(fold: ClockFold, step: Step) -> None:
    said = step.event.contents
    if isinstance(said, ExtensionContents) and said.clock == fold.clock.name:
        fold.cycles[-1].extensions.append((step.at, extension_of(said)))


def _end(fold: ClockFold, step: Step) -> None:
    fold.cycles[-1].ended, fold.cycles[-1].ended_by = step.at, step.event


def _end_unanswered(fold: ClockFold, step: Step) -> None:
    _end(fold, step)
    fold.cycles[-1].end_reason = "resolved"


def _undo_end(fold: ClockFold, step: Step) -> None:
    """The cycle goes on, with the time between paused."""
    cycle = fold.cycles[-1]
    if cycle.ended is not None and cycle.ended_by is not None:
        cycle.pauses.append(Pause(cycle.ended, step.at, cycle.ended_by))
        cycle.ended = cycle.ended_by = cycle.end_reason = None


BEGIN = Transition("running", _begin, _may_start)
UNDO_END = Transition("running", _undo_end)
BEGIN_UNANSWERED = Transition("running", _begin, _is_unanswered)

TRANSITIONS: dict[CycleState, dict[Meaning, Transition]] = {
    "blocked": {"allow": Transition("waiting", _unblock)},
    "waiting": {"start": BEGIN, "start_again": BEGIN, "start_unanswered": BEGIN_UNANSWERED},
    "running": {
        "extend": Transition("running", _extend),
        "stop": Transition("done", _end, _is_last_stop, _count_stop),
        "end": Transition("ended", _end_unanswered),
        "cancel": Transition("cancelled", _end),
    },
    "done": {"start_again": BEGIN, "restart": BEGIN, "undo_stop": UNDO_END, "start_unanswered": BEGIN_UNANSWERED},
    "ended": {"restart": BEGIN, "restart_ended": BEGIN, "undo_stop": UNDO_END, "undo_end": UNDO_END},
    "cancelled": {"restart": BEGIN, "undo_stop": UNDO_END, "undo_end": UNDO_END},
}
