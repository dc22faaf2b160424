"""What is known of a complaint in; the clocks of the first policy that matches out."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1
from typing import Any, NamedTuple

from services.sla_monitor.domain.clocks import CANCELS, DEFINITIONS, EVENTS, own_definition
from services.sla_monitor.domain.entries import EXTENDED, PAUSED, RECEIVED, RECLASSIFIED, REOPENED, RESUMED
from services.sla_monitor.domain.facts import Facts, all_facts
from services.sla_monitor.domain.policies_file import Match, PoliciesFile, Policy
from services.worktime.calendar import Calendar

REMEMBERED = 10_000
FEW_FINDINGS = 8
"""A complaint of which more was found is looked at afresh each time: its like does not come again."""


BREACH = 100
"""The threshold at which a clock is due."""


class Contact(NamedTuple):
    """Whom an alert tells, and where it is written what to do."""

    owner: str
    runbook: str


class Clock:
    """One clock of one policy, with its calendar: what the fold runs on."""

    def __init__(self, file: PoliciesFile, policy: Policy, name: str, calendars: Mapping[str, Calendar]) -> None:
        settings = policy.clocks[name]
        self.definition = DEFINITIONS.get(name) or own_definition(
            name, settings.starts, settings.stops, reopens="on_reopen" in settings.model_fields_set
        )
        self.name = name
        self.policy = policy.name
        self.policy_version = file.version
        self.calendar = calendars[settings.calendar]
        self.calendar_version = self.calendar.version
        self.target = settings.target
        self.warnings = tuple(sorted((percentage, one.level) for percentage, one in settings.warn.items()))
        self.pause_on = frozenset(reason.encode() for reason in settings.pause_on)
        self.max_pause = settings.max_pause
        self.restarts = settings.on_reopen == "restart"
        self.contacts = {
            percentage: Contact(one.owner or settings.owner, one.runbook or settings.runbook)
            for percentage, one in settings.warn.items()
        } | {BREACH: Contact(settings.owner, settings.runbook)}
        """Of each threshold, in percent."""
        said = (name, policy.name, file.version, self.calendar_version)
        self.identity = sha1(repr(said).encode(), usedforsecurity=False).digest()
        """What a status says of it, in twenty bytes."""


NO_CLOCKS: tuple[Clock, ...] = ()


class Known(NamedTuple):
    """What holds from one event on: the clocks of the first policy that matches, and the queue."""

    clocks: tuple[Clock, ...]
    queue: str | None


class PolicyBook:
    """All policies of a file, ready to be matched. What was matched once is looked up."""

    def __init__(self, file: PoliciesFile, calendars: Mapping[str, Calendar]) -> None:
        self._policies = [
            (_conditions(policy.match), tuple(Clock(file, policy, name, calendars) for name in policy.clocks))
            for policy in file.policies
        ]
        self._remembered: dict[tuple[bytes, ...], tuple[Known, ...]] = {}
        every_clock = [clock for _, clocks in self._policies for clock in clocks]
        self.version = file.version
        self.calendars = tuple({clock.calendar.name: clock.calendar for clock in every_clock}.values())
        """Those that its clocks count by, each once."""
        definitions = {clock.name: clock.definition for clock in every_clock}
        self.clock_names = tuple(definitions)
        self.moves = (CANCELS | {REOPENED, PAUSED, RESUMED, EXTENDED}).union(
            *(definition.starts.union(definition.stops) for definition in definitions.values()),
            *(definition.after for definition in definitions.values()),
        )
        """The kinds of entries that move a clock."""
        heeded = self.moves | {RECEIVED, RECLASSIFIED}
        self.idle = frozenset(name for name, kinds in EVENTS.items() if kinds.isdisjoint(heeded))
        """The types of events that change neither a clock nor what is known. They are kept: routings answer them."""

    def known(self, findings: tuple[bytes, ...]) -> tuple[Known, ...]:
        """What holds after the complaint and after each of what was found later: packed facts, in fold order."""
        known = self._remembered.get(findings)
        if known is None:
            known = tuple(Known(self.clocks(facts), facts.queue) for facts in all_facts(findings))
            if len(self._remembered) == REMEMBERED:
                self._remembered.clear()
            if len(findings) <= FEW_FINDINGS:
                self._remembered[findings] = known
        return known

    def clocks(self, facts: Facts) -> tuple[Clock, ...]:
        """The clocks of the first policy that matches, none if none does."""
        return next((clocks for match, clocks in self._policies if _matches(match, facts)), NO_CLOCKS)


def _conditions(match: Match) -> tuple[tuple[str, frozenset[Any]], ...]:
    return tuple((field, allowed) for field, allowed in match if allowed is not None)


def _matches(conditions: tuple[tuple[str, frozenset[Any]], ...], facts: Facts) -> bool:
    for field, allowed in conditions:
        value = getattr(facts, field)
        if field == "flags":
            matches = not allowed.isdisjoint(value)
        elif field == "language":
            matches = value is not None and _speaks(value, allowed)
        else:
            matches = value in allowed
        if not matches:
            return False
    return True


def _speaks(language: str, ranges: frozenset[str]) -> bool:
    """Basic filtering of RFC 4647, section 3.3.1, as in routing rules: zh covers zh-Hans-CN."""
    return f"{language.lower()}-".startswith(tuple(f"{range_.lower()}-" for range_ in ranges))
