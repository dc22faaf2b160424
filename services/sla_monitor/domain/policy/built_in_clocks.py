"""The clocks there are by name, and a policy's own made from the names of events."""

from __future__ import annotations

from collections.abc import Mapping

from services.lifecycle.event_kinds import (
    ACKNOWLEDGED,
    ASSIGNED,
    CALLBACK,
    CUSTOMER_REPLIED,
    FINAL_REPLY,
    HOLDING_REPLY,
    KINDS,
    RECEIVED,
    RELEASED,
    REOPENED,
    REPLIES,
    RESOLVED,
    ROUTED,
)
from services.sla_monitor.domain.policy.clock import ClockDefinition

EVENTS: dict[str, frozenset[int]] = {
    **{name: frozenset({kind}) for name, kind in KINDS.items() if kind != ROUTED},
    "agent_replied": REPLIES,
    "holding_reply": frozenset({HOLDING_REPLY}),
    "final_reply": frozenset({FINAL_REPLY}),
    "callback": frozenset({CALLBACK}),
}
"""What may start and stop a policy's own clock: the kinds of events by the names that people write."""

DEFINITIONS = {
    definition.name: definition
    for definition in (
        ClockDefinition("acknowledgement", frozenset({RECEIVED}), {ACKNOWLEDGED: 1}, is_response=True),
        ClockDefinition(
            "assignment",
            frozenset({RECEIVED}),
            {ASSIGNED: 1},
            undone_by=frozenset({REOPENED, RELEASED}),
            is_response=True,
        ),
        ClockDefinition("first_response", frozenset({RECEIVED}), dict.fromkeys(REPLIES, 1), is_response=True),
        ClockDefinition(
            "next_response",
            frozenset({CUSTOMER_REPLIED}),
            dict.fromkeys(REPLIES, 1),
            repeats=True,
            after=REPLIES,
            is_response=True,
        ),
        ClockDefinition("resolution", frozenset({RECEIVED}), {RESOLVED: 1}, undone_by=frozenset({REOPENED})),
    )
}


def own_definition(name: str, starts: frozenset[str], stops: Mapping[str, int], *, reopens: bool) -> ClockDefinition:
    """A policy's own clock, from the names of events. ``reopens``: a reopening undoes its stop."""
    return ClockDefinition(
        name,
        frozenset().union(*(EVENTS[event] for event in starts)),
        {kind: count for event, count in stops.items() for kind in EVENTS[event]},
        undone_by=frozenset({REOPENED}) if reopens else frozenset(),
    )
