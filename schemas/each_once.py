"""For lists and mappings that people write: no value stands in one twice, however it is spelled."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError


def _itself(value: Any) -> Hashable:
    identity: Hashable = value
    return identity


def each_once(thing: str, by: Callable[[Any], Hashable] = _itself) -> WrapValidator:
    """Annotates a list, set or mapping: ``by`` of its validated items, or of its keys, are to differ.

    The fault names ``thing`` and has the place of the second one, so that its line is told.
    """

    def check(written: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        result = validate(written)
        if not isinstance(written, dict | list | tuple):
            return result
        seen = set()
        for index, one in enumerate(written):
            # What a set or a mapping holds says no longer that it was there twice.
            value = by(result[index] if isinstance(result, list | tuple) else _alone(written, one, validate))
            if value in seen:
                place = one if isinstance(written, dict) else index
                fault = PydanticCustomError("twice", "the same {thing} twice; keep one", {"thing": thing})
                raise ValidationError.from_exception_data(
                    thing, [InitErrorDetails(type=fault, loc=(place,), input=None)]
                )
            seen.add(value)
        return result

    return WrapValidator(check)


def _alone(written: Any, one: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """The validated value of one item, or of one key."""
    return next(iter(validate({one: written[one]} if isinstance(written, dict) else [one])))
