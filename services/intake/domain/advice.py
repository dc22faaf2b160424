"""From one fault that pydantic found to what is wrong and what to do, in words that can be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.instants import RFC3339_PATTERN
from schemas.messages import Message

ADVICE = {
    "string_type": "write a text",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "finite_number": "write a finite number",
    "bool_type": "write true or false",
    "literal_error": "write one of {expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_long": "at most {max_length} of them",
    "too_short": "at least {min_length} of them",
    "tuple_type": "write a list",
    "list_type": "write a list",
    "dict_type": "write a JSON object",
    "missing": "this field is required",
    "extra_forbidden": "there is no such field: correct its name or leave it out",
    "model_type": "write a JSON object",
    "model_attributes_type": "write a JSON object",
    "timezone_aware": "say the offset from UTC, such as Z or +08:00",
    "union_tag_not_found": "this field is required",
    "union_tag_invalid": "there is no such type of event; see the type field in /openapi.json",
}
"""Said in place of pydantic's own message where that is less clear, or quotes what was sent."""

ADVICE_BY_PATTERN = {
    r"^[^\x00]*$": "the NUL character is not allowed",
    RFC3339_PATTERN: "write an RFC 3339 time, such as 2026-01-31T09:30:00+08:00",
}


def advise(error: Mapping[str, Any]) -> str:
    """What is wrong, in our words or pydantic's, and what to do."""
    context = error.get("ctx", {})
    raised = context.get("error")
    if isinstance(raised, ValueError):
        return _raised_text(raised)
    template = ADVICE_BY_PATTERN.get(context.get("pattern", "")) or ADVICE.get(error["type"])
    return Message(template, **context) if template else error["msg"]


def _raised_text(error: ValueError) -> str:
    """What it was raised with: its own text, or a message that can be translated."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
