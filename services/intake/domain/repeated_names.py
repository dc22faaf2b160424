"""From a body of well-formed JSON to its refusal, where an object has a name twice: a parser would keep one of the two.

RFC 8259, section 4, leaves open what such an object means, so a sender and Redress may read it differently.
"""

from __future__ import annotations

import json
from typing import Any

import jiter

from services.intake.domain.refusals import InvalidField, format_pointer


class _Object(tuple[tuple[str, Any], ...]):
    """A JSON object's names and values, as they stand."""

    __slots__ = ()


def refuse_repeated_names(body: bytes) -> None:
    """Raises RequestRefused with the pointer of the first name that stands twice in its object."""
    try:
        jiter.from_json(body, catch_duplicate_keys=True)
    except ValueError:
        path = _find_repeated(json.loads(body, object_pairs_hook=_Object), ())
        raise InvalidField(format_pointer(path or ()), "this name stands twice in its object: keep one") from None


def _find_repeated(value: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if isinstance(value, _Object):
        seen: set[str] = set()
        for name, inner in value:
            if name in seen:
                return (*path, name)
            seen.add(name)
            if found := _find_repeated(inner, (*path, name)):
                return found
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if found := _find_repeated(inner, (*path, index)):
                return found
    return None
