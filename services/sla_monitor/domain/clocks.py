"""The clocks there are: which event starts each, which stops it, and whether a reopening sets it going again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.events import LIFECYCLE_RANK
from services.sla_monitor.domain.entries import (
    ACKNOWLEDGED,
    AGENT_REPLIED,
    ASSIGNED,
    CALLBACK,
    CLOSED,
    CUSTOMER_REPLIED,
    FINAL_REPLY,
    HOLDING_REPLY,
    RECEIVED,
    RESOLVED,
    WITHDRAWN,
)


@dataclass(frozen=True)
class ClockDefinition:
    """A clock by the kinds of entries that move it.

    ``stops`` says how many of a kind it takes, which is more than one for a rule's second holding reply. Pauses are the
    policy's to choose. A closed or withdrawn complaint cancels every clock that runs and starts none;
    a reopening undoes that. ``reopens`` says that a reopening undoes its stop as well. A clock that ``repeats`` starts
    anew after each stop. It starts only once one of ``after``, if there are any, has come.
    """

    name: str
    starts: frozenset[int]
    stops: Mapping[int, int]
    reopens: bool = False
    repeats: bool = False
    after: frozenset[int] = frozenset()


CANCELS = frozenset({CLOSED, WITHDRAWN})
REPLIES = frozenset({AGENT_REPLIED, HOLDING_REPLY, FINAL_REPLY, CALLBACK})
"""What a person answers."""

EVENTS: dict[str, frozenset[int]] = {
    **{name: frozenset({rank}) for name, rank in LIFECYCLE_RANK.items() if name != "clock_advanced"},
    "agent_replied": REPLIES,
    "holding_reply": frozenset({HOLDING_REPLY}),
    "final_reply": frozenset({FINAL_REPLY}),
    "callback": frozenset({CALLBACK}),
}
"""What may start and stop a policy's own clock: the kinds of entries by the names that people write."""

DEFINITIONS = {
    definition.name: definition
    for definition in (
        ClockDefinition("acknowledgement", frozenset({RECEIVED}), {ACKNOWLEDGED: 1}),
        ClockDefinition("assignment", frozenset({RECEIVED}), {ASSIGNED: 1}, reopens=True),
        ClockDefinition("first_response", frozenset({RECEIVED}), dict.fromkeys(REPLIES, 1)),
        ClockDefinition(
            "next_response", frozenset({CUSTOMER_REPLIED}), dict.fromkeys(REPLIES, 1), repeats=True, after=REPLIES
        ),
        ClockDefinition("resolution", frozenset({RECEIVED}), {RESOLVED: 1}, reopens=True),
    )
}


def own_definition(name: str, starts: frozenset[str], stops: Mapping[str, int], *, reopens: bool) -> ClockDefinition:
    """A policy's own clock, from the names of events."""
    return ClockDefinition(
        name,
        frozenset().union(*(EVENTS[event] for event in starts)),
        {kind: count for event, count in stops.items() for kind in EVENTS[event]},
        reopens,
    )
