"""The fields of ``policies.yaml`` that say more than their type: events, targets, percentages, names; as text in."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from schemas.each_once import each_once
from schemas.external_names import ExternalName
from services.languages import LanguageTag
from services.sla_monitor.domain.policy.built_in_clocks import EVENTS
from services.worktime.target_text import TARGET, Target

Names = Annotated[frozenset[ExternalName], Field(min_length=1), each_once("value")]
Languages = Annotated[frozenset[LanguageTag], Field(min_length=1), each_once("language", by=str.lower)]


def _known_event(name: str) -> str:
    if name not in EVENTS:
        raise ValueError(f"there is no event {name!r}; write one of {', '.join(EVENTS)}")
    return name


def _once_each(events: object) -> object:
    """A list of events says that one of any of them is enough."""
    return dict.fromkeys(events, 1) if isinstance(events, list) else events


def _target(text: object) -> Target:
    return text if isinstance(text, Target) else Target.parse(str(text))


ClockEvent = Annotated[str, AfterValidator(_known_event), WithJsonSchema({"type": "string", "enum": list(EVENTS)})]
StartEvents = Annotated[frozenset[ClockEvent], Field(min_length=1), each_once("event")]
Count = Annotated[int, Field(ge=1)]
StopEvents = Annotated[
    dict[ClockEvent, Count],
    Field(min_length=1),
    BeforeValidator(_once_each, json_schema_input_type=StartEvents | dict[ClockEvent, Count]),
    each_once("event"),
]
TargetText = Annotated[
    Target, PlainValidator(_target), WithJsonSchema({"type": "string", "pattern": f"^{TARGET.pattern}$"})
]
Percentage = Annotated[int, Field(gt=0, lt=100), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]?$"})]
"""A key, which JSON has as text only."""
