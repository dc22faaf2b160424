"""From what FastAPI says of the calls to the whole of /openapi.json: every schema and example, each of them once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from pydantic import TypeAdapter

from schemas.external_names import NAME_SCHEMA, ExternalName
from schemas.instant_pattern import EXTERNAL_INSTANT_SCHEMA
from schemas.instants import ExternalInstant
from schemas.primitives import ExternalIdentifier, Text
from services.intake import examples
from services.intake.bulk import BulkProblem, BulkReceipt
from services.intake.domain import request_models
from services.intake.domain.cloud_event_modes import CLOUD_EVENT
from services.intake.domain.refusals import Reason
from services.intake.domain.request_parts import Channel
from services.intake.openapi import SECURITY_SCHEMES, refer_to
from services.intake.problems import Problem, describe_problem, name_reason
from services.intake.records import AgentReceipt, Receipt
from services.languages import LanguageTag, language_schema

COMPONENTS: dict[str, TypeAdapter[Any]] = {
    "Complaint": request_models.COMPLAINT,
    "LifecycleEvent": request_models.LIFECYCLE_EVENT,
    "BulkLine": request_models.BULK_LINE,
    "SurveyAnswer": request_models.SURVEY_ANSWER,
    "AgentStatus": request_models.AGENT_STATUS,
    "CloudEvent": CLOUD_EVENT,
    "Receipt": TypeAdapter(Receipt),
    "AgentReceipt": TypeAdapter(AgentReceipt),
    "BulkReceipt": TypeAdapter(BulkReceipt),
    "BulkProblem": TypeAdapter(BulkProblem),
    "Problem": TypeAdapter(Problem),
}

SHARED: dict[str, tuple[Any, dict[str, Any]]] = {
    "Name": (
        ExternalName,
        {
            **NAME_SCHEMA,
            "description": "What a sender calls something. It is compared by value, in Unicode's Normalization Form C. "
            "It has no control, format or line-breaking characters, and no white space around it.",
            "examples": ["W-20260131-0042", "投诉 42"],
        },
    ),
    "Text": (
        Text,
        {
            "type": "string",
            "maxLength": 100_000,
            "not": {"pattern": "[\\x00]"},  # With a length, some readers make one pattern of 100,000 repetitions of it.
            "description": "What a person wrote, with line breaks if they like, and without NUL.",
            "examples": ["It was charged twice.\nPlease refund."],
        },
    ),
    "Instant": (
        ExternalInstant,
        {
            **EXTERNAL_INSTANT_SCHEMA,
            "description": "RFC 3339, with seconds and the offset from UTC, from 1970 to 2199. Digits after the sixth "
            "of a fraction are dropped.",
            "examples": ["2026-01-31T09:30:00+08:00", "2026-01-31T01:30:00.250Z"],
        },
    ),
    "Identifier": (
        ExternalIdentifier,
        {
            **request_models.IDENTIFIER.json_schema(),
            "description": "A UUID (RFC 9562), in any case.",
            "examples": [examples.COMPLAINT_ID],
        },
    ),
    "LanguageTag": (
        LanguageTag,
        {
            **language_schema(),
            "description": "A tag of BCP 47 whose subtags IANA's registry has, with hyphens or underscores, in any "
            "case. The pattern lists the registry.",
            "examples": ["en", "zh-Hans", "zh-Hant-HK", "pt_BR"],
        },
    ),
}
"""What many fields have in common: a type, and its exact JSON Schema."""

Replacements = list[tuple[dict[str, Any], dict[str, Any]]]
"""A schema, and what stands in its place."""


def complete(document: Mapping[str, Any], channels: Collection[str]) -> dict[str, Any]:
    """``document``, in which FastAPI describes the calls, with all to which they refer."""
    models, defined = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in COMPONENTS.items()],
        ref_template="#/components/schemas/{model}",
    )
    unions = {name: schema for (name, _), schema in models.items() if "$ref" not in schema}
    channel = TypeAdapter(Channel).json_schema()
    of_channels: Replacements = [(channel, {**channel, "enum": sorted(channels)})]
    shared = [(TypeAdapter(kind).json_schema(), refer_to(name)) for name, (kind, _) in SHARED.items()]
    shared += [(schema, refer_to(name)) for name, schema in unions.items()]
    schemas = _replace(defined["$defs"], of_channels + shared)
    schemas |= unions | {name: schema for name, (_, schema) in SHARED.items()}
    problems = {
        name_reason(reason): {"value": describe_problem(examples.PROBLEMS[reason])} for reason in get_args(Reason)
    }
    bodies = examples.example_bodies(channels)
    paths = _replace(document["paths"], of_channels)
    for path in paths.values():
        for call in path.values():
            for content in call["requestBody"]["content"].values():
                if "$ref" in content["schema"]:
                    content["examples"] = bodies[content["schema"]["$ref"].rpartition("/")[2]]
    components = {"schemas": schemas, "examples": problems, "securitySchemes": SECURITY_SCHEMES}
    return {**document, "paths": paths, "components": components}


def _replace(described: Any, replacements: Replacements) -> Any:
    """The same, with another schema in place of each that has all keywords of a first one; what it has beside stays."""
    if isinstance(described, list):
        return [_replace(one, replacements) for one in described]
    if not isinstance(described, dict):
        return described
    for schema, replacement in replacements:
        if all(described.get(keyword) == value for keyword, value in schema.items()):
            rest = {keyword: value for keyword, value in described.items() if keyword not in schema}
            return {**rest, **replacement}
    return {keyword: _replace(value, replacements) for keyword, value in described.items()}
