"""rules.yaml as a model, and compiled: from claims to the first matching rule's outcome, or the default's."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from schemas.primitives import Name
from services.config.queues import QueueName
from services.router.domain.claims import Claims
from services.router.domain.conditions import Condition, compiled

Reason = Literal["rule_matched", "no_rule_matched", "ping_pong", "too_many_events"]
"""Why a complaint is where it is; a metric's label."""

DEFAULT, TRIAGE = "default", "triage"


def _declared(queue: str, info: ValidationInfo) -> str:
    declared = (info.context or {}).get("queues")
    if declared is not None and queue not in declared:
        raise ValueError(f"the queue {queue!r} is not declared; add it to queues.yaml or name one of it")
    return queue


SkillName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=60)]


class Skills(BaseModel):
    """Required skills: levels from 1 to 10 by name, and ``language: from_complaint``, which asks for a speaker."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[SkillName, Annotated[int, Field(ge=1, le=10)]]

    language: Literal["from_complaint"] | None = None

    @property
    def levels(self) -> str:
        """The levels as text, such as ``fraud=3 billing=1``."""
        return " ".join(f"{name}={level}" for name, level in (self.model_extra or {}).items())


class Target(BaseModel):
    """Where a complaint goes, how urgently (0 to 1000, more is sooner), and what the agent must be able to do."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    queue: Annotated[QueueName, AfterValidator(_declared)]
    priority: Annotated[int, Field(ge=0, le=1_000)]
    skills: Skills = Skills()


class Triage(Target):
    """Where a complaint goes that rules keep moving, or that has too many events; ``hop_limit`` counts moves."""

    # So that the default, too, is held against the declared queues.
    model_config = ConfigDict(revalidate_instances="always")

    queue: Annotated[QueueName, AfterValidator(_declared)] = "triage"
    priority: Annotated[int, Field(ge=0, le=1_000)] = 50
    hop_limit: Annotated[int, Field(ge=1, le=100)] = 5


class Rule(BaseModel):
    """A named rule: when it holds, then its target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    when: Condition
    then: Target


class RulesFile(BaseModel):
    """A whole ruleset. Validate it with ``context={"queues": names}`` to have undeclared queues refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    version: Name
    default: Target
    triage: Triage = Field(default_factory=Triage)
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> RulesFile:
        names = [DEFAULT, TRIAGE, *(rule.name for rule in self.rules)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rules must have different names, and neither {DEFAULT} nor {TRIAGE}: {', '.join(twice)}")
        return self

    @property
    def content_hash(self) -> str:
        """16 hexadecimal digits that change when anything but comments and layout does."""
        return sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:16]


class Outcome(NamedTuple):
    """What a ruleset says of some claims; ``key`` is the ruleset's hash and which of its outcomes this is."""

    key: str
    queue: str
    priority: int
    levels: str
    speaks: bool
    rule: str
    reason: Reason

    def skills_for(self, claims: Claims) -> str:
        """The required skills as text, with the complaint's language where it is asked for and known."""
        return f"{self.levels};{claims.language}" if self.speaks and claims.language else self.levels


def skills_of(text: str) -> dict[str, int | str]:
    """The skills that ``Outcome.skills_for`` gave as text."""
    levels, _, language = text.partition(";")
    skills: dict[str, int | str] = {}
    for skill in levels.split():
        name, _, level = skill.partition("=")
        skills[name] = int(level)
    if language:
        skills["language"] = language
    return skills


class Ruleset:
    """A compiled ruleset. Nothing is ever dropped: claims that no rule matches get the default."""

    def __init__(self, file: RulesFile) -> None:
        self.version = file.version
        self.content_hash = file.content_hash
        self.hop_limit = file.triage.hop_limit
        self.ping_pong = self._outcome(file.triage, TRIAGE, "ping_pong")
        self.too_many_events = self._outcome(file.triage, TRIAGE, "too_many_events")
        self._default = self._outcome(file.default, DEFAULT, "no_rule_matched")
        self._rules = [
            (compiled(rule.when), self._outcome(rule.then, rule.name, "rule_matched")) for rule in file.rules
        ]

    def decide(self, claims: Claims) -> Outcome:
        """The first matching rule's outcome."""
        for matches, outcome in self._rules:
            if matches(claims):
                return outcome
        return self._default

    def _outcome(self, target: Target, rule: str, reason: Reason) -> Outcome:
        key, skills = f"{self.content_hash} {reason} {rule}", target.skills
        return Outcome(key, target.queue, target.priority, skills.levels, bool(skills.language), rule, reason)
