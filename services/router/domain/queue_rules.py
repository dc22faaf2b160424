"""From a complaint's fields to the first matching rule's result, or the default's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from services.lifecycle.contents import ComplaintFields
from services.router.domain.predicates import Predicate
from services.router.domain.reasons import Reason


class RuleResult(NamedTuple):
    """Where a rule sends a complaint; ``key`` is the ruleset's hash and which of its results this is.

    ``levels`` are the required skills as text, and ``speaks`` whether the complaint's language is one of them.
    """

    key: str
    queue: str
    priority: int
    levels: str
    speaks: bool
    rule: str
    reason: Reason

    def format_skills(self, fields: ComplaintFields) -> str:
        """The required skills as text, with the complaint's language where it is asked for and known."""
        return f"{self.levels};{fields.language}" if self.speaks and fields.language else self.levels


def parse_skills(text: str) -> dict[str, int | str]:
    """The skills that ``RuleResult.format_skills`` gave as text."""
    levels, _, language = text.partition(";")
    skills: dict[str, int | str] = {}
    for skill in levels.split():
        name, _, level = skill.partition("=")
        skills[name] = int(level)
    if language:
        skills["language"] = language
    return skills


class CompiledRule(NamedTuple):
    """When a rule holds, and its result then."""

    matches: Predicate
    result: RuleResult


@dataclass(frozen=True, slots=True, eq=False)
class Ruleset:
    """A compiled ruleset. Nothing is ever dropped: a complaint that no rule matches gets the default.

    Two are equal only if they are one, so that what is cached for a ruleset is found by its identity.
    """

    version: str
    content_hash: str
    rules: tuple[CompiledRule, ...]
    default: RuleResult
    ping_pong: RuleResult
    too_many_events: RuleResult
    unknown_complaint: RuleResult
    hop_limit: int

    def evaluate(self, fields: ComplaintFields) -> RuleResult:
        """The first matching rule's result."""
        for matches, result in self.rules:
            if matches(fields):
                return result
        return self.default
