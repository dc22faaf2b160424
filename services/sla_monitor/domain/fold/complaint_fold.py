"""A complaint's events in; the policy that holds and the cycles of each of its clocks out."""

from __future__ import annotations

from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.order import in_order
from services.sla_monitor.domain.fold.stored_event import StoredEvent
from services.sla_monitor.domain.fold.transitions import fold_clock
from services.sla_monitor.domain.policy.book import PolicyBook
from services.sla_monitor.domain.policy.event_kinds import (
    CLOSED,
    RECEIVED,
    REOPENED,
    RESOLVED,
    ROUTED,
    WITHDRAWN,
)
from services.sla_monitor.domain.policy.match_fields import Correction, MatchFields, Overlay, Routing

ENDS = frozenset({RESOLVED, CLOSED, WITHDRAWN})
OVERLAYS = (Routing, Correction)


def fold_complaint(events: list[StoredEvent], book: PolicyBook) -> ComplaintState | None:
    """The fold. None for a complaint that nobody has received yet."""
    opened, over, routed = None, None, False
    overlaid: list[int] = []
    overlays: list[Overlay] = []
    moves: list[StoredEvent] = []
    # One pass: a tick of many due complaints spends a tenth of its time here.
    for event in in_order(events):
        kind = event.kind
        if opened is None and kind == RECEIVED:
            opened = event
        if kind in ENDS:
            over = event.occurred
        elif kind == REOPENED:
            over = None
        contents = event.contents
        if contents is not None and isinstance(contents, OVERLAYS):
            overlaid.append(event.occurred)
            overlays.append(contents)
            routed = routed or kind == ROUTED
        if kind in book.moves and opened is not None:
            moves.append(event)
    if opened is None or not isinstance(opened.contents, MatchFields):
        return None
    match, *later = book.match(opened.contents, overlays)
    clocks, attached, queues = match.clocks, opened.occurred, []
    for occurred, match in zip(overlaid, later, strict=True):
        if match.clocks is not clocks:
            clocks, attached = match.clocks, max(opened.occurred, occurred)
        queues.append((occurred, match.fields.queue))
    cycles = [cycle for clock in clocks for cycle in fold_clock(clock, moves)]
    return ComplaintState(opened, attached, routed, over, match.fields, queues, cycles)
