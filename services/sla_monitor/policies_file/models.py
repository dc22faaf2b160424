"""``policies.yaml`` as people write it: the model that is validated whole, against the calendars there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.each_once import each_once
from schemas.primitives import Name, Severity, WarningLevel
from services.sla_monitor.domain.policy.built_in_clocks import DEFINITIONS
from services.sla_monitor.policies_file.fields import Languages, Names, Percentage, StartEvents, StopEvents, TargetText
from services.worktime.calendar import Calendar
from services.worktime.instants import DAY, microseconds
from services.worktime.spans import BeyondCalendar
from services.worktime.target_text import Target

TRIAL_START = microseconds(datetime(2026, 1, 1, tzinfo=UTC))
LONGEST = 100 * 366 * DAY


class Strict(BaseModel):
    """A part of policies.yaml: what is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(Strict):
    """Which complaints a policy is for: each field that stands here must have one of its values."""

    channel: Names | None = None
    product: Names | None = None
    category: Names | None = None
    severity: Annotated[frozenset[Severity], Field(min_length=1), each_once("severity")] | None = None
    customer_tier: Names | None = None
    language: Languages | None = None
    region: Names | None = None
    queue: Names | None = None
    priority: Annotated[frozenset[int], Field(min_length=1), each_once("priority")] | None = None
    flags: Names | None = None


def _level_alone(said: object) -> object:
    """A threshold may be its level and nothing else."""
    return {"level": said} if isinstance(said, str) else said


class Threshold(Strict):
    """A warning: its level, and whom it tells and what to do, where that is not the clock's."""

    level: WarningLevel
    owner: Name | None = None
    runbook: Name | None = None


class ClockPolicy(Strict):
    """One clock of a policy. ``warn`` gives the threshold at each percentage of the target.

    ``starts`` and ``stops`` are for a clock of one's own, ``stops`` with how many of each event it takes; a reopening
    sets it going again if it says ``on_reopen``.
    """

    target: TargetText
    calendar: Name
    warn: Annotated[
        dict[
            Percentage,
            Annotated[Threshold, BeforeValidator(_level_alone, json_schema_input_type=WarningLevel | Threshold)],
        ],
        each_once("percentage"),
    ] = {}
    pause_on: Annotated[frozenset[Literal["customer", "third_party", "other"]], each_once("reason")] = frozenset()
    max_pause: TargetText | None = None
    on_reopen: Literal["resume", "restart"] = "resume"
    starts: StartEvents = frozenset()
    stops: StopEvents = {}
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
    def _limits_what_it_allows(self) -> Self:
        if self.max_pause is not None and not self.pause_on:
            raise ValueError("max_pause limits the pauses that pause_on allows, and there are none; write pause_on too")
        return self

    @model_validator(mode="after")
    def _can_be_due(self, info: ValidationInfo) -> Self:
        calendar = _calendars(info)[self.calendar]
        for name, target in (("target", self.target), ("max_pause", self.max_pause)):
            if target is not None and not _is_due_within(LONGEST, calendar, target):
                raise ValueError(
                    f"the {name} {target.text} takes more than 100 years on the calendar {self.calendar}; "
                    "write a shorter one"
                )
        return self


class Policy(Strict):
    """A named policy: complaints that match have these clocks."""

    name: Name
    match: Match
    clocks: dict[Name, ClockPolicy]

    @field_validator("clocks")
    @classmethod
    def _moved_by_events(cls, clocks: dict[str, ClockPolicy]) -> dict[str, ClockPolicy]:
        faults = [(name, fault) for name, clock in clocks.items() if (fault := _fault(name, clock))]
        if faults:
            # With the clock's name as its place, so that its line is told.
            details = [
                InitErrorDetails(
                    type=PydanticCustomError("clock", "{fault}", {"fault": fault}), loc=(name,), input=name
                )
                for name, fault in faults
            ]
            raise ValidationError.from_exception_data(cls.__name__, details)
        return clocks


class PoliciesFile(Strict):
    """``policies.yaml``. The first policy that matches is a complaint's."""

    version: Name
    policies: Annotated[tuple[Policy, ...], each_once("name of a policy", by=attrgetter("name"))]

    @field_validator("policies")
    @classmethod
    def _some(cls, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        if not policies:
            raise ValueError("there are no policies, so no complaint has clocks; write one, such as default")
        return policies


def _is_due_within(longest: int, calendar: Calendar, target: Target) -> bool:
    try:
        return calendar.due(TRIAL_START, target) <= TRIAL_START + longest
    except BeyondCalendar:
        return False


def _fault(name: str, clock: ClockPolicy) -> str | None:
    """What is wrong with the events of a clock of this name."""
    definition = DEFINITIONS.get(name)
    said = clock.model_fields_set & {"starts", "stops"}
    if definition is None and len(said) < 2:
        return (
            f"there is no clock {name!r}; write one of {', '.join(DEFINITIONS)}, "
            "or which events start and stop one of your own (starts, stops)"
        )
    if definition is not None and said:
        return f"{name} has its own events; remove {' and '.join(sorted(said))}, or give the clock another name"
    return None


def _calendars(info: ValidationInfo) -> Mapping[str, Calendar]:
    """The validator's context says which calendars there are: ``{"calendars": {name: Calendar}}``."""
    calendars: Mapping[str, Calendar] = (info.context or {})["calendars"]
    return calendars
