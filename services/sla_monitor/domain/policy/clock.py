"""A clock as its policy declares it, in; what each kind of event means for it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Literal, NamedTuple

from schemas.primitives import WarningLevel
from services.sla_monitor.domain.policy.event_kinds import CANCELS, EXTENDED, PAUSED, REOPENED, RESUMED
from services.worktime.calendar import Calendar
from services.worktime.target_text import Target

BREACH = 100
"""The threshold at which a clock is due."""

Meaning = Literal[
    "allow",
    "start",
    "start_again",
    "stop",
    "cancel",
    "pause",
    "pause_otherwise",
    "resume",
    "extend",
    "restart",
    "undo_end",
    "undo_cancellation",
]
"""What an event means for a clock. A pause for a reason of the policy's is a pause, for another one pause_otherwise.
A reopening is one of the last three, by the clock's policy.
"""


@dataclass(frozen=True)
class ClockDefinition:
    """A clock by the kinds of events that move it.

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


class Contact(NamedTuple):
    """Whom an alert tells, and where it is written what to do."""

    owner: str
    runbook: str


@dataclass(frozen=True, eq=False)
class Clock:
    """One clock of one policy, with its calendar: what the fold runs on. It equals itself alone.

    ``warnings`` are percentages with their levels, ascending; ``contacts`` are by threshold, in percent;
    ``meanings`` by kind of event; ``identity`` is what a status says of the clock, in twenty bytes.
    """

    name: str
    policy: str
    policy_version: str
    definition: ClockDefinition
    meanings: dict[int, tuple[Meaning, ...]]
    calendar: Calendar
    calendar_version: str
    target: Target
    warnings: tuple[tuple[int, WarningLevel], ...]
    pause_on: frozenset[str]
    max_pause: Target | None
    contacts: dict[int, Contact]
    identity: bytes


def clock_identity(name: str, policy: str, policy_version: str, calendar_version: str) -> bytes:
    """Twenty bytes that differ where any of these differs."""
    return sha1(repr((name, policy, policy_version, calendar_version)).encode(), usedforsecurity=False).digest()


def event_meanings(definition: ClockDefinition, *, restarts: bool) -> dict[int, tuple[Meaning, ...]]:
    """What each kind of event means for a clock. One that means two things has each in other states of a cycle.

    ``restarts``: a reopening opens a new cycle.
    """
    reopening: Meaning = "restart" if restarts else "undo_end" if definition.reopens else "undo_cancellation"
    meanings: dict[int, tuple[Meaning, ...]] = {RESUMED: ("resume",), EXTENDED: ("extend",)}
    meanings[PAUSED] = ("pause", "pause_otherwise")
    meanings |= dict.fromkeys(CANCELS, ("cancel",))
    meanings |= dict.fromkeys(definition.stops, ("stop",))
    meanings[REOPENED] = (reopening,)
    start: Meaning = "start_again" if definition.repeats else "start"
    for kind in definition.starts:
        meanings[kind] = (start, *meanings.get(kind, ()))
    for kind in definition.after:
        meanings[kind] = ("allow", *meanings.get(kind, ()))
    return meanings
