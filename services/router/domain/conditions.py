"""From a rule's ``when`` to one plain function that says whether claims fulfil it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.primitives import Name, Severity
from services.router.domain.claims import Claims, ComplaintFlag

Test = Callable[[Claims], bool]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class AmountRange(BaseModel):
    """Money at stake in one currency, both ends included; an amount in another currency is outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    min: Decimal | None = None
    max: Decimal | None = None

    @model_validator(mode="after")
    def _is_not_empty(self) -> AmountRange:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is more than max, so no amount matches; swap them")
        return self


class Condition(BaseModel):
    """Fields, each with the values it may have, and ``all``, ``any``, ``not`` of further conditions.

    Everything named in one condition must hold. A field the complaint lacks matches nothing. ``language`` is a
    range as in RFC 4647, section 3.3.1: zh covers zh-Hans-CN. ``flags`` holds when the complaint has any of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    any: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None
    channel: Names | None = None
    product: Names | None = None
    category: Names | None = None
    severity: Annotated[tuple[Severity, ...], Field(min_length=1)] | None = None
    customer_tier: Names | None = None
    language: Names | None = None
    region: Names | None = None
    amount: AmountRange | None = None
    flags: Annotated[tuple[ComplaintFlag, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("an empty condition would match everything; name a field, or use the default")
        return self


WORD_FIELDS = ("channel", "product", "category", "severity", "customer_tier", "region")


def compiled(condition: Condition) -> Test:
    """The condition as a function, its values looked up in sets made once."""
    tests = [
        _one_of(Claims._fields.index(field), frozenset(getattr(condition, field)))
        for field in WORD_FIELDS
        if getattr(condition, field)
    ]
    if condition.flags:
        tests.append(_flagged(frozenset(condition.flags)))
    if condition.language:
        tests.append(_speaks(condition.language))
    if condition.amount:
        tests.append(_within(condition.amount))
    if condition.not_:
        tests.append(_negated(compiled(condition.not_)))
    if condition.any:
        tests.append(_any_of(tuple(map(compiled, condition.any))))
    if condition.all:
        tests.extend(map(compiled, condition.all))
    return tests[0] if len(tests) == 1 else _all_of(tuple(tests))


def _one_of(position: int, values: frozenset[str]) -> Test:
    return lambda claims: claims[position] in values


def _flagged(flags: frozenset[str]) -> Test:
    return lambda claims: bool(claims.flags) and not flags.isdisjoint(claims.flags)


def _speaks(ranges: tuple[str, ...]) -> Test:
    prefixes = tuple(f"{language.lower()}-" for language in ranges)
    return lambda claims: claims.language is not None and f"{claims.language.lower()}-".startswith(prefixes)


def _within(range_: AmountRange) -> Test:
    low = Decimal("-Infinity") if range_.min is None else range_.min
    high = Decimal("Infinity") if range_.max is None else range_.max

    def within(claims: Claims) -> bool:
        return (
            claims.currency == range_.currency and claims.amount is not None and low <= Decimal(claims.amount) <= high
        )

    return within


def _negated(test: Test) -> Test:
    return lambda claims: not test(claims)


def _any_of(tests: tuple[Test, ...]) -> Test:
    def any_of(claims: Claims) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests themselves
            if test(claims):
                return True
        return False

    return any_of


def _all_of(tests: tuple[Test, ...]) -> Test:
    def all_of(claims: Claims) -> bool:
        for test in tests:  # noqa: SIM110
            if not test(claims):
                return False
        return True

    return all_of
