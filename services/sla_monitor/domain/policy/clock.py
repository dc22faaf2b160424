"""A clock as its policy declares it, in; what each kind of event means for it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Literal

from schemas.primitives import WarningLevel
from services.lifecycle.event_kinds import ENDS, EXTENDED, REOPENED, RESOLVED
from services.sla_monitor.domain.policy.alert_levels import Contact
from services.worktime.calendar import Calendar
from services.worktime.target_text import Target

Meaning = Literal[
    "allow",
    "start",
    "start_again",
    "stop",
    "end",
    "cancel",
    "extend",
    "restart",
    "restart_ended",
    "undo_stop",
    "undo_end",
    "start_unanswered",
]
"""What an event means for a clock. A reopening is one of the last five, by the clock and its policy."""


@dataclass(frozen=True)
class ClockDefinition:
    """A clock by the kinds of events that move it.

    ``stops`` says how many of a kind it takes, which is more than one for a rule's second holding reply. ``undone_by``
    are what undoes its stop. Pauses are the policy's to choose. A clock that ``repeats`` starts anew after each stop.
    It starts only once one of ``after``, if there are any, has come.

    A closed or withdrawn complaint cancels every clock that runs and starts none; a reopening undoes that. A clock that
    ``is_response`` waits for the operator's word to the customer, or for an agent: a resolution ends it, as does a
    closing or a withdrawal, and it starts only while the complaint is open.
    """

    name: str
    starts: frozenset[int]
    stops: Mapping[int, int]
    undone_by: frozenset[int] = frozenset()
    repeats: bool = False
    after: frozenset[int] = frozenset()
    is_response: bool = False


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
    meanings: dict[int, tuple[Meaning, ...]] = {EXTENDED: ("extend",)}
    if definition.is_response:
        meanings |= dict.fromkeys(ENDS | {RESOLVED}, ("end",))
    else:
        meanings |= dict.fromkeys(ENDS, ("cancel",))
    meanings |= dict.fromkeys(definition.stops, ("stop",))
    if restarts:
        meanings[REOPENED] = ("restart_ended" if definition.is_response else "restart",)
    else:
        meanings[REOPENED] = ("undo_end",)
    meanings |= dict.fromkeys(definition.undone_by, ("restart" if restarts else "undo_stop",))
    if definition.repeats:
        meanings[REOPENED] = (*meanings[REOPENED], "start_unanswered")
    start: Meaning = "start_again" if definition.repeats else "start"
    for kind in definition.starts:
        meanings[kind] = (start, *meanings.get(kind, ()))
    for kind in definition.after:
        meanings[kind] = ("allow", *meanings.get(kind, ()))
    return meanings
