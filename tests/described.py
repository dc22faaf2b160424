"""JSON Schemas against the types that they describe: what a schema takes, values drawn from it, and near misses."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError


def validator(schema: Any) -> Draft202012Validator:
    """Reads ``$`` as ECMA-262 does, and with it JSON Schema: Python's alone also matches before a last line break."""
    return Draft202012Validator(_end_at_the_end(schema))


def is_valid(schema: dict[str, Any], value: Any) -> bool:
    return validator(schema).is_valid(value)


def takes(adapter: TypeAdapter[Any], value: Any) -> bool:
    """Whether the type takes ``value`` as JSON."""
    try:
        adapter.validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def drawn_from(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Texts that the schema of a text takes."""
    pattern = schema["pattern"].removeprefix("^").removesuffix("$")
    return st.from_regex(pattern, fullmatch=True).filter(validator(schema).is_valid)


def near_misses(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Texts that the schema takes, with something else, or nothing, in place of a part."""

    def change(text: str, start: float, length: int, other: str) -> str:
        at = int(start * len(text))
        return text[:at] + other + text[at + length :]

    other = st.one_of(st.sampled_from(["", "0", "9", "a", "Z", "-", "_", ":", ".", " ", "\n"]), st.text(max_size=2))
    return st.builds(change, drawn_from(schema), st.floats(0, 1), st.integers(0, 2), other)


def _end_at_the_end(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_end_at_the_end(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: value.removesuffix("$") + r"\Z"
        if keyword == "pattern" and isinstance(value, str) and value.endswith("$")
        else _end_at_the_end(value)
        for keyword, value in schema.items()
    }
