"""A complaint's events in; the policy that holds and the cycles of each of its clocks out."""

from __future__ import annotations

from services.lifecycle.contents import Correction, RoutedContents
from services.lifecycle.event_kinds import ROUTED
from services.lifecycle.event_limit import MAX_EVENTS
from services.lifecycle.fold import Step, fold_known
from services.lifecycle.stored_event import StoredEvent
from services.sla_monitor.domain.fold.clock_cycle import fold_clock
from services.sla_monitor.domain.fold.clock_pauses import pause_cycle
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.policy.match_fields import Overlay
from services.sla_monitor.domain.policy.policy_matching import PolicyBook


def fold_complaint(events: list[StoredEvent], book: PolicyBook, overflowed: int = 0) -> ComplaintState | None:
    """The fold. None for a complaint that nobody has received yet.

    ``overflowed`` is the instant of the first event beyond the limit of a complaint's events, 0 while there is none.
    """
    known = fold_known(events)
    if known is None:
        return None
    history, steps, last = known
    opened = history.opened
    overlays: list[Overlay] = []
    instants: list[int] = []
    routed = False
    for step in steps:
        said = step.event.contents
        if isinstance(said, RoutedContents):
            if step.effect == "not_asked":
                continue
            routed = True
            overlays.append(said.found)
        elif isinstance(said, Correction):
            overlays.append(said)
        else:
            continue
        instants.append(step.at)
    match, *later = book.match(history.reception, overlays)
    clocks, attached, queues = match.clocks, opened.occurred, []
    for at, match in zip(instants, later, strict=True):
        if match.clocks is not clocks:
            clocks, attached = match.clocks, at
        queues.append((at, match.fields.queue))
    counted = _counted(steps) if overflowed else steps
    cycles = [cycle for clock in clocks for cycle in fold_clock(clock, counted)]
    if overflowed:
        _end_all(cycles, max(overflowed, opened.occurred), counted[-1].event)
    if history.pauses or history.pause is not None:
        for cycle in cycles:
            pause_cycle(cycle, history.pauses, history.pause)
    return ComplaintState(history, last, steps, attached, match, queues, cycles, routed=routed)


def _counted(steps: list[Step]) -> list[Step]:
    """The steps of the first events, as many as a complaint may have; routing decisions do not count."""
    counted, left = [], MAX_EVENTS
    for step in steps:
        left -= step.event.kind != ROUTED
        if left < 0:
            break
        counted.append(step)
    return counted


def _end_all(cycles: list[ClockCycle], at: int, last: StoredEvent) -> None:
    """Beyond the limit no clock runs: nobody answers for a loop between systems."""
    for cycle in cycles:
        if cycle.ended is None:
            cycle.state, cycle.end_reason = "ended", "too_many_events"
            cycle.ended, cycle.ended_by = max(at, cycle.started), last
