"""From values that are known to be valid to an event, without validating them a second time."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

# What makes up a model's instance, set past the __setattr__ of a frozen one; by descriptor, at half of its cost.
_set_values = vars(BaseModel)["__dict__"].__set__
_set_fields_set = vars(BaseModel)["__pydantic_fields_set__"].__set__
_set_extra = vars(BaseModel)["__pydantic_extra__"].__set__
_set_private = vars(BaseModel)["__pydantic_private__"].__set__


def trusted(kind: type[M], values: dict[str, Any]) -> M:
    """A ``kind`` that holds ``values``, which must name every field and be of the fields' types already.

    For events derived from validated ones on a hot path: 0.4 microseconds for ComplaintRouted, where its constructor
    takes 4.7 and ``model_construct`` 5.3. No default is filled in and nothing is converted, so whoever calls this
    tests that ``kind.model_validate(event.model_dump()) == event``.
    """
    event = kind.__new__(kind)
    _set_values(event, values)
    _set_fields_set(event, _fields(kind))
    _set_extra(event, None)
    _set_private(event, None)
    return event


@cache
def _fields(kind: type[BaseModel]) -> set[str]:
    return set(kind.model_fields)
