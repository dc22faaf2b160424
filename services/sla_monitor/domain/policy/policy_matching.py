"""What is known of a complaint in; the clocks of the first policy that matches out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.lifecycle.contents import ComplaintFields
from services.lifecycle.event_kinds import ASSIGNED, CHANGES, ESCALATED, EXTENDED, RELEASED, TYPES
from services.sla_monitor.domain.policy.clock import Clock
from services.sla_monitor.domain.policy.match_fields import MatchFields, Overlay, match_fields_of, overlay
from services.worktime.calendar import Calendar

MATCHED = 7
"""So many fields of a reception are matched on, from the first."""
REMEMBERED = 10_000
FEW_OVERLAYS = 7
"""A complaint of which more was found is looked at afresh each time: its like does not come again."""

Condition = tuple[str, frozenset[Any]]
"""A field's name, and the values of which it must have one."""

NO_CLOCKS: tuple[Clock, ...] = ()
OF_AGENTS = frozenset({ASSIGNED, RELEASED, ESCALATED})
"""What changes who works on a complaint: it moves those clocks alone that name it."""


class Policy(NamedTuple):
    """Which complaints it is for, all conditions together, and their clocks."""

    conditions: tuple[Condition, ...]
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class PolicyMatch:
    """What holds from one event on: the clocks of the first policy that matches, and what it matched on."""

    clocks: tuple[Clock, ...]
    fields: MatchFields


@dataclass
class PolicyBook:
    """All policies of a file, in their order.

    ``calendars`` are those that its clocks count by, each once. Events of an ``idle`` kind change neither a clock nor
    what policies match on.
    """

    version: str
    policies: tuple[Policy, ...]
    calendars: tuple[Calendar, ...]
    clock_names: tuple[str, ...]
    idle: frozenset[int]
    _remembered: dict[tuple[tuple[object, ...], ...], tuple[PolicyMatch, ...]] = field(default_factory=dict)

    def match(self, complaint: ComplaintFields, overlays: list[Overlay]) -> tuple[PolicyMatch, ...]:
        """What holds after the complaint and after each of its overlays, which are in fold order.

        What was matched once is looked up.
        """
        # Without the amount and the currency, which no policy matches on and each complaint has its own of.
        findings = (complaint[:MATCHED], *overlays)
        matches = self._remembered.get(findings)
        if matches is None:
            matches = tuple(self._match_each(match_fields_of(complaint), overlays))
            if len(self._remembered) == REMEMBERED:
                self._remembered.clear()
            if len(overlays) <= FEW_OVERLAYS:
                self._remembered[findings] = matches
        return matches

    def clocks(self, fields: MatchFields) -> tuple[Clock, ...]:
        """The clocks of the first policy that matches, none if none does."""
        return next((policy.clocks for policy in self.policies if _matches(policy.conditions, fields)), NO_CLOCKS)

    def _match_each(self, fields: MatchFields, overlays: list[Overlay]) -> list[PolicyMatch]:
        matches = [PolicyMatch(self.clocks(fields), fields)]
        for later in overlays:
            fields = overlay(fields, later)
            matches.append(PolicyMatch(self.clocks(fields), fields))
        return matches


def make_book(version: str, policies: Iterable[Policy]) -> PolicyBook:
    """The policies, ready to be matched."""
    policies = tuple(policies)
    clocks = [clock for policy in policies for clock in policy.clocks]
    definitions = [clock.definition for clock in clocks]
    heeded = (CHANGES - OF_AGENTS | {EXTENDED}).union(
        *(one.starts.union(one.stops, one.after, one.undone_by) for one in definitions)
    )
    return PolicyBook(
        version,
        policies,
        calendars=tuple({clock.calendar.name: clock.calendar for clock in clocks}.values()),
        clock_names=tuple(dict.fromkeys(clock.name for clock in clocks)),
        idle=frozenset(TYPES) - heeded,
    )


def _matches(conditions: tuple[Condition, ...], fields: MatchFields) -> bool:
    for field_name, allowed in conditions:
        value = getattr(fields, field_name)
        if field_name == "flags":
            matches = not allowed.isdisjoint(value)
        elif field_name == "language":
            matches = value is not None and _speaks(value, allowed)
        else:
            matches = value in allowed
        if not matches:
            return False
    return True


def _speaks(language: str, ranges: frozenset[str]) -> bool:
    """Basic filtering of RFC 4647, section 3.3.1, as in routing rules: zh covers zh-Hans-CN."""
    return f"{language.lower()}-".startswith(tuple(f"{range_.lower()}-" for range_ in ranges))
