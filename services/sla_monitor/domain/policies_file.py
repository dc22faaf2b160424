"""``policies.yaml`` as people write it: the model that is validated whole, against the calendars there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from schemas.primitives import Name, Severity, WarningLevel
from services.sla_monitor.domain.clocks import DEFINITIONS
from services.worktime.calendar import Calendar
from services.worktime.instants import DAY, microseconds
from services.worktime.spans import BeyondCalendar
from services.worktime.targets import TARGET, Target

TRIAL_START = microseconds(datetime(2026, 1, 1, tzinfo=UTC))
LONGEST = 100 * 366 * DAY

Names = Annotated[frozenset[Name], Field(min_length=1)]


def _known_clock(name: str) -> str:
    if name not in DEFINITIONS:
        raise ValueError(f"there is no clock {name!r}; write one of {', '.join(DEFINITIONS)}")
    return name


def _target(text: object) -> Target:
    return text if isinstance(text, Target) else Target.parse(str(text))


ClockName = Annotated[str, AfterValidator(_known_clock)]
TargetText = Annotated[
    Target, PlainValidator(_target), WithJsonSchema({"type": "string", "pattern": f"^{TARGET.pattern}$"})
]
Percentage = Annotated[int, Field(gt=0, lt=100)]


class Strict(BaseModel):
    """A part of policies.yaml: what is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(Strict):
    """Which complaints a policy is for: each field that stands here must have one of its values."""

    channel: Names | None = None
    product: Names | None = None
    category: Names | None = None
    severity: Annotated[frozenset[Severity], Field(min_length=1)] | None = None
    customer_tier: Names | None = None
    language: Names | None = None
    region: Names | None = None
    queue: Names | None = None
    priority: Annotated[frozenset[int], Field(min_length=1)] | None = None
    flags: Names | None = None


class ClockPolicy(Strict):
    """One clock of a policy. ``warn`` gives the level of each percentage of the target."""

    target: TargetText
    calendar: Name
    warn: dict[Percentage, WarningLevel] = {}
    pause_on: frozenset[Literal["customer", "third_party", "other"]] = frozenset()
    on_reopen: Literal["resume", "restart"] = "resume"
    owner: Name
    runbook: Name

    @field_validator("calendar")
    @classmethod
    def _known_calendar(cls, name: str, info: ValidationInfo) -> str:
        if name not in _calendars(info):
            raise ValueError(
                f"there is no calendar {name!r}; write calendars/{name}.yaml, "
                f"or one of {', '.join(sorted(_calendars(info))) or '(there are none)'}"
            )
        return name

    @model_validator(mode="after")
    def _can_be_due(self, info: ValidationInfo) -> Self:
        try:
            due = _calendars(info)[self.calendar].due(TRIAL_START, self.target)
        except BeyondCalendar:
            due = TRIAL_START + 2 * LONGEST
        if due > TRIAL_START + LONGEST:
            raise ValueError(
                f"the target {self.target.text} takes more than 100 years on the calendar {self.calendar}; "
                "write a shorter one"
            )
        return self


class Policy(Strict):
    """A named policy: complaints that match have these clocks."""

    name: Name
    match: Match
    clocks: dict[ClockName, ClockPolicy]

    @field_validator("clocks")
    @classmethod
    def _reopened(cls, clocks: dict[str, ClockPolicy]) -> dict[str, ClockPolicy]:
        for name, clock in clocks.items():
            if "on_reopen" in clock.model_fields_set and not DEFINITIONS[name].reopens:
                raise ValueError(f"a reopening does not set {name} going again; remove its on_reopen")
        return clocks


class PoliciesFile(Strict):
    """``policies.yaml``. The first policy that matches is a complaint's."""

    version: Name
    policies: Annotated[tuple[Policy, ...], Field(min_length=1)]

    @field_validator("policies")
    @classmethod
    def _one_of_each_name(cls, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        names = [policy.name for policy in policies]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two policies have the name {name!r}; give each its own")
        return policies


def _calendars(info: ValidationInfo) -> Mapping[str, Calendar]:
    """The validator's context says which calendars there are: ``{"calendars": {name: Calendar}}``."""
    calendars: Mapping[str, Calendar] = (info.context or {})["calendars"]
    return calendars
