"""From a complaint as it came, and what was corrected since, to the fields that rules match on."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from schemas.events import ComplaintReceived
from schemas.primitives import Severity

ComplaintFlag = Literal["legal_threat", "regulator", "media_threat", "vulnerable", "safety", "repeat"]

FLAGS: frozenset[str] = frozenset(get_args(ComplaintFlag))


class Claims(NamedTuple):
    """What is claimed of a complaint. ``language`` is the complaint's, else the customer's; ``flags`` are sorted."""

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


def claims_of(event: ComplaintReceived) -> Claims:
    """What a front-end claims. Its flags are those of its tags that are flags by name."""
    customer, amount = event.customer, event.amount
    return Claims(
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


class Correction(NamedTuple):
    """What a reclassification says; None leaves a field as it was."""

    product: str | None
    category: str | None
    severity: Severity | None


def corrected(claims: Claims, correction: Correction) -> Claims:
    """The claims as they stand after a correction."""
    return claims._replace(
        product=correction.product or claims.product,
        category=correction.category or claims.category,
        severity=correction.severity or claims.severity,
    )
