"""A rule's ``when`` as a model, and compiled to one predicate."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.each_once import each_once
from schemas.external_names import ExternalName
from schemas.primitives import Severity
from services.languages import LanguageTag
from services.lifecycle.contents import ComplaintFlag
from services.router.domain import predicates
from services.router.domain.predicates import Predicate

Names = Annotated[tuple[ExternalName, ...], Field(min_length=1), each_once("value")]
Languages = Annotated[tuple[LanguageTag, ...], Field(min_length=1), each_once("language", by=str.lower)]


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

    all: Annotated[tuple[Condition, ...], Field(min_length=1), each_once("condition")] | None = None
    any: Annotated[tuple[Condition, ...], Field(min_length=1), each_once("condition")] | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None
    channel: Names | None = None
    product: Names | None = None
    category: Names | None = None
    severity: Annotated[tuple[Severity, ...], Field(min_length=1), each_once("severity")] | None = None
    customer_tier: Names | None = None
    language: Languages | None = None
    region: Names | None = None
    amount: AmountRange | None = None
    flags: Annotated[tuple[ComplaintFlag, ...], Field(min_length=1), each_once("flag")] | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("an empty condition would match everything; name a field, or use the default")
        return self


WORD_FIELDS = ("channel", "product", "category", "severity", "customer_tier", "region")


def compile_condition(condition: Condition) -> Predicate:
    """The condition as one predicate, its values in sets made once."""
    parts = [
        predicates.match_field(name, frozenset(getattr(condition, name)))
        for name in WORD_FIELDS
        if getattr(condition, name)
    ]
    if condition.flags:
        parts.append(predicates.match_flags(frozenset(condition.flags)))
    if condition.language:
        parts.append(predicates.match_language(condition.language))
    if condition.amount:
        amount = condition.amount
        parts.append(predicates.match_amount(amount.currency, amount.min, amount.max))
    if condition.not_:
        parts.append(predicates.negate(compile_condition(condition.not_)))
    if condition.any:
        parts.append(predicates.match_any(tuple(map(compile_condition, condition.any))))
    if condition.all:
        parts.extend(map(compile_condition, condition.all))
    return parts[0] if len(parts) == 1 else predicates.match_all(tuple(parts))
