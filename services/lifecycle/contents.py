"""What only events of one kind say: values, and nothing that was written by a person."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

ComplaintFlag = Literal["legal_threat", "regulator", "media_threat", "vulnerable", "safety", "repeat"]

FLAGS: frozenset[str] = frozenset(get_args(ComplaintFlag))
"""The tags that are flags by name."""


class ComplaintFields(NamedTuple):
    """A complaint's fields, as its front-end reported them or as they were corrected since.

    ``channel`` is None for a complaint that nobody received. ``language`` is the complaint's, else the customer's;
    ``flags`` are its tags in FLAGS, sorted.
    """

    channel: str | None
    product: str | None
    category: str | None
    severity: str | None
    customer_tier: str | None
    language: str | None
    region: str | None
    amount: str | None
    currency: str | None
    flags: tuple[str, ...]


class Correction(NamedTuple):
    """What a reclassification says; None leaves a field as it was."""

    product: str | None
    category: str | None
    severity: str | None


class Claim(NamedTuple):
    """Who took the complaint, and from whom, if it was handed over."""

    agent: str
    replaces: str | None


class ByAgent(NamedTuple):
    """Who released or resolved it, if that is known."""

    agent: str | None


class PauseContents(NamedTuple):
    """Why it was paused, by whom, and when the pause ends by itself, in microseconds since 1970."""

    reason: str
    agent: str | None
    until: int | None


class ExtensionContents(NamedTuple):
    """Which clock was given more time: ``until`` an instant in microseconds since 1970, or ``by`` a target's text."""

    clock: str
    until: int | None
    by: str | None


class Found(NamedTuple):
    """What a routing decision found out of the complaint, had nothing breached; ``flags`` in its order."""

    queue: str
    priority: int
    category: str | None
    severity: str | None
    language: str | None
    flags: tuple[str, ...]


class RoutedContents(NamedTuple):
    """A routing decision: ``cause`` and ``trigger`` are what it answers; ``revision`` counts those for one cause.

    ``queue`` is where the complaint goes, ``found.queue`` where it would go had nothing breached.
    """

    cause: bytes
    trigger: str
    hop: int
    revision: int
    queue: str
    ruleset_version: str
    arm: str
    found: Found


UNKNOWN_COMPLAINT = ComplaintFields(None, None, None, None, None, None, None, None, None, ())
"""What is known of a complaint that nobody received."""


def correct(fields: ComplaintFields, correction: Correction) -> ComplaintFields:
    """The fields after a correction."""
    return fields._replace(
        product=correction.product or fields.product,
        category=correction.category or fields.category,
        severity=correction.severity or fields.severity,
    )


Contents = ComplaintFields | Correction | Claim | ByAgent | PauseContents | ExtensionContents | RoutedContents
