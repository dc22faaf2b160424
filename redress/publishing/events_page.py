"""The page of events, docs/events.md, from their published schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from redress.publishing.json_schema import model_schemas
from schemas.primitives import UUID_PATTERN
from schemas.topics import Topic

INTRODUCTION = """\
# Events

Written by `redress schemas publish` from `schemas/`; `make check` fails when it is stale. [topics.md](topics.md) says
which topic carries what, `schemas/published/` has the exact schemas, `schemas/examples/` an example of each event.

Every event has these fields, which its table leaves out:

| field | what it is |
|---|---|
| `event_id` | id; the same event has the same one, however often it is sent |
| `type` | the event's name, as below |
| `occurred_at` | instant: when it happened; a derived event has its cause's, or its due instant |
| `recorded_at` | instant: when Redress accepted or derived it |

An id is a UUID in lower case, an instant is RFC 3339 text with an offset, money is a decimal as text, seconds are
numbers. Text holds no NUL. A field that may be missing is marked *optional*, with what it is then where that is
neither null nor empty. Readers ignore fields that they do not know.
"""
BAR = "\\|"
COMMON = {"event_id", "type", "occurred_at", "recorded_at"}


def events_page(topics: Sequence[Topic[Any]]) -> str:
    """Markdown: a section with a table of fields for each event, then for each model within one."""
    schemas = model_schemas(topics, "{model}")
    events = dict.fromkeys(model.__name__ for topic in topics for model in topic.events)
    parts = [name for name in schemas if name not in events]
    sections = [_section(schemas[name]["properties"]["type"]["const"], schemas[name]) for name in events]
    return "\n".join([INTRODUCTION, *sections, *(_section(name, schemas[name]) for name in parts)])


def _section(title: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_kind(field)}{'' if name in required else _optional(field)} |"
        for name, field in schema["properties"].items()
        if name not in COMMON
    ]
    summary = schema["description"].replace("``", "`").replace("\n\n", "\n")
    table = ["| field | what it is |", "|---|---|", *rows, ""] if rows else []
    return "\n".join([f"## {title}", "", summary, "", *table])


def _optional(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    said = "" if default in (None, "", []) or isinstance(default, dict) else f", `{json.dumps(default)}`"
    return f" *optional{said}*"


def _kind(field: Mapping[str, Any]) -> str:
    return " or ".join(_one(schema) for schema in field.get("anyOf", [field]))


def _one(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"$ref": str(model)}:
            return f"[{model}](#{model.lower()})"
        case {"enum": list(values)}:
            return ", ".join(f"`{value}`" for value in values)
        case {"format": "date-time"}:
            return "instant"
        case {"contentEncoding": "base64"}:
            return "base64"
        case {"type": "array", "items": dict(items)}:
            return f"list of {_kind(items)}"
        case {"type": "object", "additionalProperties": dict(members)}:
            return f"map of {_kind(members) if members else 'any JSON'}"
        case {"type": "string", "pattern": str(pattern)} if pattern == UUID_PATTERN:
            return "id"
        case {"type": "string", "maxLength": int(length)}:
            return f"text up to {length:,}"
        case {"type": "string", "pattern": str(pattern)}:
            return f"text like `{pattern.replace('|', BAR)}`"
        case {"type": "integer"}:
            return "whole number"
        case {"type": "boolean"}:
            return "true or false"
    return str(schema["type"])
