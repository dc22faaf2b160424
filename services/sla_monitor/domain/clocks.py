"""The clocks there are: which event starts each, which stops it, and whether a reopening sets it going again."""

from __future__ import annotations

from dataclasses import dataclass

from services.sla_monitor.domain.entries import (
    ACKNOWLEDGED,
    AGENT_REPLIED,
    ASSIGNED,
    CLOSED,
    CUSTOMER_REPLIED,
    RECEIVED,
    RESOLVED,
    WITHDRAWN,
)


@dataclass(frozen=True)
class ClockDefinition:
    """A clock by the kinds of entries that move it.

    Pauses are the policy's to choose. A closed or withdrawn complaint cancels every clock that runs and starts none;
    a reopening undoes that. ``reopens`` says that a reopening undoes its stop as well. A clock that ``repeats`` starts
    anew after each stop. It starts only once one of ``after``, if there are any, has come.
    """

    name: str
    starts: frozenset[int]
    stops: frozenset[int]
    reopens: bool = False
    repeats: bool = False
    after: frozenset[int] = frozenset()


CANCELS = frozenset({CLOSED, WITHDRAWN})

DEFINITIONS = {
    definition.name: definition
    for definition in (
        ClockDefinition("acknowledgement", frozenset({RECEIVED}), frozenset({ACKNOWLEDGED})),
        ClockDefinition("assignment", frozenset({RECEIVED}), frozenset({ASSIGNED}), reopens=True),
        ClockDefinition("first_response", frozenset({RECEIVED}), frozenset({AGENT_REPLIED})),
        ClockDefinition(
            "next_response",
            frozenset({CUSTOMER_REPLIED}),
            frozenset({AGENT_REPLIED}),
            repeats=True,
            after=frozenset({AGENT_REPLIED}),
        ),
        ClockDefinition("resolution", frozenset({RECEIVED}), frozenset({RESOLVED}), reopens=True),
    )
}
