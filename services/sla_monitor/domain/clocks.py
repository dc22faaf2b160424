"""The clocks there are: which event starts each, which stops it, and whether a reopening sets it going again."""

from __future__ import annotations

from dataclasses import dataclass

from services.sla_monitor.domain.entries import AGENT_REPLIED, CLOSED, RECEIVED, RESOLVED, WITHDRAWN


@dataclass(frozen=True)
class ClockDefinition:
    """A clock by the kinds of entries that move it.

    Pauses are the policy's to choose. A closed or withdrawn complaint cancels every clock that runs, and a
    reopening undoes that. ``reopens`` says that a reopening undoes its stop as well.
    """

    name: str
    starts: frozenset[int]
    stops: frozenset[int]
    reopens: bool


CANCELS = frozenset({CLOSED, WITHDRAWN})

DEFINITIONS = {
    definition.name: definition
    for definition in (
        ClockDefinition("first_response", frozenset({RECEIVED}), frozenset({AGENT_REPLIED}), reopens=False),
        ClockDefinition("resolution", frozenset({RECEIVED}), frozenset({RESOLVED}), reopens=True),
    )
}
