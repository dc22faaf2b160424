"""From the values that a rule names to functions that say whether a complaint's fields match them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from services.lifecycle.contents import ComplaintFields

Predicate = Callable[[ComplaintFields], bool]


def match_field(name: str, values: frozenset[str]) -> Predicate:
    """The field ``name`` has one of ``values``."""
    position = ComplaintFields._fields.index(name)
    return lambda fields: fields[position] in values


def match_flags(flags: frozenset[str]) -> Predicate:
    """The complaint has any of ``flags``."""
    return lambda fields: bool(fields.flags) and not flags.isdisjoint(fields.flags)


def match_language(ranges: tuple[str, ...]) -> Predicate:
    """The language lies in one of ``ranges``, as in RFC 4647, section 3.3.1: zh covers zh-Hans-CN."""
    prefixes = tuple(f"{language.lower()}-" for language in ranges)
    return lambda fields: fields.language is not None and f"{fields.language.lower()}-".startswith(prefixes)


def match_amount(currency: str, least: Decimal | None, most: Decimal | None) -> Predicate:
    """The amount is in ``currency`` and between the two, both included; None sets no limit."""
    low = Decimal("-Infinity") if least is None else least
    high = Decimal("Infinity") if most is None else most

    def match(fields: ComplaintFields) -> bool:
        return fields.currency == currency and fields.amount is not None and low <= Decimal(fields.amount) <= high

    return match


def negate(predicate: Predicate) -> Predicate:
    """The predicate does not hold."""
    return lambda fields: not predicate(fields)


def match_any(predicates: tuple[Predicate, ...]) -> Predicate:
    """At least one of the predicates holds."""

    def match(fields: ComplaintFields) -> bool:
        for predicate in predicates:  # noqa: SIM110 - a generator costs more than the predicates themselves
            if predicate(fields):
                return True
        return False

    return match


def match_all(predicates: tuple[Predicate, ...]) -> Predicate:
    """All of the predicates hold."""

    def match(fields: ComplaintFields) -> bool:
        for predicate in predicates:  # noqa: SIM110
            if not predicate(fields):
                return False
        return True

    return match
