"""rules.yaml as a model, and compiled to the domain's ruleset."""

from __future__ import annotations

from hashlib import sha256
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo

from schemas.each_once import each_once
from schemas.primitives import Name
from services.config.queues import QueueName
from services.router.conditions import Condition, compile_condition
from services.router.domain.queue_rules import CompiledRule, RuleResult, Ruleset
from services.router.domain.reasons import Reason

DEFAULT, TRIAGE = "default", "triage"


def _require_declared(queue: str, info: ValidationInfo) -> str:
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


class Destination(BaseModel):
    """Where a complaint goes, how urgently (0 to 1000, more is sooner), and what the agent must be able to do."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    queue: Annotated[QueueName, AfterValidator(_require_declared)]
    priority: Annotated[int, Field(ge=0, le=1_000)]
    skills: Skills = Skills()


class Triage(Destination):
    """Where a complaint goes that rules keep moving, that has too many events, or that nobody received.

    ``hop_limit`` counts moves.
    """

    # So that the default, too, is held against the declared queues.
    model_config = ConfigDict(revalidate_instances="always")

    queue: Annotated[QueueName, AfterValidator(_require_declared)] = "triage"
    priority: Annotated[int, Field(ge=0, le=1_000)] = 50
    hop_limit: Annotated[int, Field(ge=1, le=100)] = 5


def _of_its_own(name: str) -> str:
    if name in (DEFAULT, TRIAGE):
        raise ValueError(f"{DEFAULT} and {TRIAGE} are the names of what no rule decides; give the rule another one")
    return name


class Rule(BaseModel):
    """A named rule: when it holds, then its destination."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[Name, AfterValidator(_of_its_own)]
    when: Condition
    then: Destination


class RulesFile(BaseModel):
    """A whole ruleset. Validate it with ``context={"queues": names}`` to have undeclared queues refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    version: Name
    default: Destination
    triage: Triage = Field(default_factory=Triage)
    rules: Annotated[tuple[Rule, ...], each_once("name of a rule", by=attrgetter("name"))] = ()

    @property
    def content_hash(self) -> str:
        """16 hexadecimal digits that change when anything but comments and layout does."""
        return sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:16]


def compile_ruleset(file: RulesFile) -> Ruleset:
    """The ruleset that the file describes."""
    content_hash = file.content_hash

    def make_result(destination: Destination, rule: str, reason: Reason) -> RuleResult:
        key, skills = f"{content_hash} {reason} {rule}", destination.skills
        speaks = bool(skills.language)
        return RuleResult(key, destination.queue, destination.priority, skills.levels, speaks, rule, reason)

    return Ruleset(
        version=file.version,
        content_hash=content_hash,
        rules=tuple(
            CompiledRule(compile_condition(rule.when), make_result(rule.then, rule.name, "rule_matched"))
            for rule in file.rules
        ),
        default=make_result(file.default, DEFAULT, "no_rule_matched"),
        ping_pong=make_result(file.triage, TRIAGE, "ping_pong"),
        too_many_events=make_result(file.triage, TRIAGE, "too_many_events"),
        unknown_complaint=make_result(file.triage, TRIAGE, "unknown_complaint"),
        hop_limit=file.triage.hop_limit,
    )
