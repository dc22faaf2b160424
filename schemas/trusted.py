"""From values that are known to be valid to an event, without validating them a second time."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

_set = object.__setattr__


def trusted(kind: type[M], values: dict[str, Any]) -> M:
    """A ``kind`` that holds ``values``, which must name every field and be of the fields' types already.

    For events derived from validated ones on a hot path: 0.7 microseconds for ComplaintRouted, where its constructor
    takes 4.7 and ``model_construct`` 5.3. No default is filled in and nothing is converted, so whoever calls this
    tests that ``kind.model_validate(event.model_dump()) == event``.
    """
    event = kind.__new__(kind)
    _set(event, "__dict__", values)
    _set(event, "__pydantic_fields_set__", _fields(kind))
    _set(event, "__pydantic_extra__", None)
    _set(event, "__pydantic_private__", None)
    return event


@cache
def _fields(kind: type[BaseModel]) -> set[str]:
    return set(kind.model_fields)
