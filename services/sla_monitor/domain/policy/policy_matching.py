"""What is known of a complaint in; the clocks of the first policy that matches out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.sla_monitor.domain.policy.built_in_clocks import EVENTS
from services.sla_monitor.domain.policy.clock import Clock
from services.sla_monitor.domain.policy.event_kinds import (
    CANCELS,
    EXTENDED,
    PAUSED,
    RECEIVED,
    RECLASSIFIED,
    REOPENED,
    RESUMED,
)
from services.sla_monitor.domain.policy.match_fields import MatchFields, Overlay, overlay
from services.worktime.calendar import Calendar

REMEMBERED = 10_000
FEW_OVERLAYS = 7
"""A complaint of which more was found is looked at afresh each time: its like does not come again."""

Condition = tuple[str, frozenset[Any]]
"""A field's name, and the values of which it must have one."""

NO_CLOCKS: tuple[Clock, ...] = ()


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

    ``calendars`` are those that its clocks count by, each once. ``moves`` are the kinds of events that move a clock.
    Events of an ``idle`` type change neither a clock nor what policies match on. They are kept: routings answer them.
    """

    version: str
    policies: tuple[Policy, ...]
    calendars: tuple[Calendar, ...]
    clock_names: tuple[str, ...]
    moves: frozenset[int]
    idle: frozenset[str]
    _remembered: dict[tuple[MatchFields | Overlay, ...], tuple[PolicyMatch, ...]] = field(default_factory=dict)

    def match(self, complaint: MatchFields, overlays: list[Overlay]) -> tuple[PolicyMatch, ...]:
        """What holds after the complaint and after each of its overlays, which are in fold order.

        What was matched once is looked up.
        """
        findings = (complaint, *overlays)
        matches = self._remembered.get(findings)
        if matches is None:
            matches = tuple(self._match_each(complaint, overlays))
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
    definitions = {clock.name: clock.definition for clock in clocks}
    moves = (CANCELS | {REOPENED, PAUSED, RESUMED, EXTENDED}).union(
        *(definition.starts.union(definition.stops) for definition in definitions.values()),
        *(definition.after for definition in definitions.values()),
    )
    heeded = moves | {RECEIVED, RECLASSIFIED}
    return PolicyBook(
        version,
        policies,
        calendars=tuple({clock.calendar.name: clock.calendar for clock in clocks}.values()),
        clock_names=tuple(definitions),
        moves=moves,
        idle=frozenset(name for name, kinds in EVENTS.items() if kinds.isdisjoint(heeded)),
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
