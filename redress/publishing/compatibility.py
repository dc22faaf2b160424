"""Two JSON Schemas of one topic in, before and after; what changed out, and whether it breaks anyone.

A change is breaking when a value that was right no longer is (topics keep what was published, some for ever),
or when what readers rely on is gone or reads differently. Readers ignore fields that they do not know, so one
more optional field breaks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

UPPER_BOUNDS = ("maxLength", "maximum", "maxItems", "maxProperties", "formatExclusiveMaximum")
LOWER_BOUNDS = ("minLength", "minimum", "minItems", "minProperties", "formatMinimum")
FORMS = ("pattern", "format", "contentEncoding")
ABSENT = object()


@dataclass(frozen=True)
class Change:
    """One change of ``field``: a path such as ``/complaint_received/tags/*``, the event's type first."""

    field: str
    breaking: bool
    reason: str


def _breaking(field: str, reason: str) -> Change:
    return Change(field, breaking=True, reason=reason)


def _compatible(field: str, reason: str) -> Change:
    return Change(field, breaking=False, reason=reason)


def changes(before: Schema, after: Schema) -> list[Change]:
    """What differs in meaning, by field. References are followed: a model must not hold itself."""
    return sorted(_of_topic(before, after), key=lambda change: (change.field, change.reason))


def _of_topic(before: Schema, after: Schema) -> Iterator[Change]:
    if before.get("x-kafka-key") != after.get("x-kafka-key"):
        yield _breaking("", "the key is another, so that what belongs together changes its partition")
    old, new = _events(_inlined(before, before)), _events(_inlined(after, after))
    for name in old.keys() - new.keys():
        yield _breaking(f"/{name}", "is removed")
    for name in new.keys() - old.keys():
        yield _compatible(f"/{name}", "is new")
    for name in old.keys() & new.keys():
        yield from _of_schema(f"/{name}", old[name], new[name])


def _inlined(node: Any, root: Schema) -> Any:
    if isinstance(node, list):
        return [_inlined(item, root) for item in node]
    if not isinstance(node, Mapping):
        return node
    target = root["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else {}
    return {key: _inlined(value, root) for key, value in {**target, **node}.items() if key not in ("$defs", "$ref")}


def _events(schema: Schema) -> dict[str, Schema]:
    """The events of a topic by their type."""
    return {event["properties"]["type"]["const"]: event for event in schema.get("oneOf", [schema])}


def _of_value(path: str, before: Schema, after: Schema) -> Iterator[Change]:
    old, new = _json_types(before), _json_types(after)
    for name, schema in old.items():
        takers = (name, "number" if name == "integer" else name, "any")
        taker = next((taker for taker in takers if taker in new), None)
        if taker is None:
            yield _breaking(path, f"no longer takes {name}")
        else:
            yield from _of_schema(path, schema, new[taker])
    for name in new.keys() - old.keys():
        yield _compatible(path, f"takes {name} as well")


def _json_types(schema: Schema) -> dict[str, Schema]:
    """What a choice allows, by JSON type; ``any`` where the schema says nothing."""
    return {branch.get("type", "any"): branch for branch in schema.get("anyOf", [schema])}


def _of_schema(path: str, before: Schema, after: Schema) -> Iterator[Change]:
    yield from _of_bounds(path, before, after)
    yield from _of_values_allowed(path, before, after)
    yield from _of_fields(path, before, after)
    yield from _of_members(f"{path}/*", before, after)


def _of_bounds(path: str, before: Schema, after: Schema) -> Iterator[Change]:
    for name in (*UPPER_BOUNDS, *LOWER_BOUNDS):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        wider = new is None or (old is not None and (new > old if name in UPPER_BOUNDS else new < old))
        yield Change(path, not wider, f"{name} was {old}, is {new}")
    for name in FORMS:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Change(path, new is not None, f"{name} was {old}, is {new}")


def _of_values_allowed(path: str, before: Schema, after: Schema) -> Iterator[Change]:
    old, new = _values_allowed(before), _values_allowed(after)
    if old is None and new is not None:
        yield _breaking(path, f"takes only {', '.join(sorted(new))}")
    elif old is not None and new is None:
        yield _compatible(path, "takes any value")
    elif old is not None and new is not None:
        for value in sorted(old - new):
            yield _breaking(path, f"no longer takes {value}")
        for value in sorted(new - old):
            yield _compatible(path, f"takes {value} as well")


def _values_allowed(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(value) for value in schema["enum"]} if "enum" in schema else None


def _of_fields(path: str, before: Schema, after: Schema) -> Iterator[Change]:
    old, new = before.get("properties", {}), after.get("properties", {})
    was_required, is_required = set(before.get("required", ())), set(after.get("required", ()))
    for name in sorted(old.keys() - new.keys()):
        yield _breaking(f"{path}/{name}", "is removed")
    for name in sorted(new.keys() - old.keys()):
        required = name in is_required
        yield Change(f"{path}/{name}", required, "is new and required" if required else "is new and optional")
    for name in sorted(old.keys() & new.keys()):
        field = f"{path}/{name}"
        if name in is_required - was_required:
            yield _breaking(field, "is now required")
        elif name in was_required - is_required:
            yield _breaking(field, "is no longer required, and readers rely on it")
        elif _reads_differently(old[name].get("default", ABSENT), new[name].get("default", ABSENT)):
            yield _breaking(field, "has another default, so that records without it read differently")
        yield from _of_value(field, old[name], new[name])


def _reads_differently(before: Any, after: Any) -> bool:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return any(_reads_differently(value, after.get(key, ABSENT)) for key, value in before.items())
    return bool(before != after)


def _of_members(path: str, before: Schema, after: Schema) -> Iterator[Change]:
    """What a list or a map holds, and how the keys of a map may look; True stands for anything."""
    for name in ("items", "additionalProperties", "propertyNames"):
        old, new = before.get(name, True), after.get(name, True)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _of_value(path, old, new)
        elif old != new:
            yield Change(path, new is not True, f"{name} is {'free' if new is True else 'bound'} now")
