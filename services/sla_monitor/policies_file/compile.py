"""``policies.yaml``, validated, in; the policies and clocks that the domain decides by out."""

from __future__ import annotations

from collections.abc import Mapping

from services.sla_monitor.domain.policy.alert_levels import Contact, Warn, contacts_by_threshold, levels_by_threshold
from services.sla_monitor.domain.policy.built_in_clocks import DEFINITIONS, own_definition
from services.sla_monitor.domain.policy.clock import Clock, clock_identity, event_meanings
from services.sla_monitor.domain.policy.policy_matching import Condition, Policy, PolicyBook, make_book
from services.sla_monitor.policies_file import models
from services.worktime.calendar import Calendar


def compile_policy_book(file: models.PoliciesFile, calendars: Mapping[str, Calendar]) -> PolicyBook:
    """The policies of a file over the calendars by which it was validated."""
    return make_book(
        file.version,
        [
            Policy(
                _conditions_of(policy.match),
                tuple(_clock_of(file.version, policy, name, calendars) for name in policy.clocks),
            )
            for policy in file.policies
        ],
    )


def _conditions_of(match: models.Match) -> tuple[Condition, ...]:
    return tuple((field, allowed) for field, allowed in match if allowed is not None)


def _clock_of(version: str, policy: models.Policy, name: str, calendars: Mapping[str, Calendar]) -> Clock:
    declared = policy.clocks[name]
    calendar = calendars[declared.calendar]
    definition = DEFINITIONS.get(name) or own_definition(
        name, declared.starts, declared.stops, reopens="on_reopen" in declared.model_fields_set
    )
    warnings = [Warn(percentage, one.level, one.owner, one.runbook) for percentage, one in declared.warn.items()]
    return Clock(
        name=name,
        policy=policy.name,
        policy_version=version,
        definition=definition,
        meanings=event_meanings(definition, restarts=declared.on_reopen == "restart"),
        calendar=calendar,
        calendar_version=calendar.version,
        target=declared.target,
        warnings=levels_by_threshold(warnings),
        pause_on=frozenset(declared.pause_on),
        max_pause=declared.max_pause,
        contacts=contacts_by_threshold(warnings, Contact(declared.owner, declared.runbook)),
        identity=clock_identity(name, policy.name, version, calendar.version),
    )
