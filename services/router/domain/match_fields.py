"""From a complaint as it came, and what was corrected since, to the fields that rules match on."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from schemas.events import ComplaintReceived
from schemas.primitives import Severity

ComplaintFlag = Literal["legal_threat", "regulator", "media_threat", "vulnerable", "safety", "repeat"]

FLAGS: frozenset[str] = frozenset(get_args(ComplaintFlag))


class MatchFields(NamedTuple):
    """What rules know of a complaint. ``language`` is the complaint's, else the customer's; ``flags`` are sorted."""

    channel: str
    product: str | None = None
    category: str | None = None
    severity: Severity | None = None
    customer_tier: str | None = None
    language: str | None = None
    region: str | None = None
    amount: str | None = None
    currency: str | None = None
    flags: tuple[str, ...] = ()


class Correction(NamedTuple):
    """What a reclassification says; None leaves a field as it was."""

    product: str | None
    category: str | None
    severity: Severity | None


def read_match_fields(event: ComplaintReceived) -> MatchFields:
    """The fields as the front-end reported them. Flags are those of the tags that are flags by name."""
    customer, amount = event.customer, event.amount
    return MatchFields(
        event.channel,
        event.product,
        event.category,
        event.severity,
        customer.tier,
        event.language or customer.language,
        event.region,
        amount.value if amount else None,
        amount.currency if amount else None,
        tuple(sorted(FLAGS.intersection(event.tags))) if event.tags else (),
    )


def correct(fields: MatchFields, correction: Correction) -> MatchFields:
    """The fields after a correction."""
    return fields._replace(
        product=correction.product or fields.product,
        category=correction.category or fields.category,
        severity=correction.severity or fields.severity,
    )
