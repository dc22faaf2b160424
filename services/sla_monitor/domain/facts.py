"""What policies match on: the front-end's fields, overlaid by each reclassification and routing decision.

Packed facts are texts joined by NUL, which no name contains; an empty one says nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import ComplaintRouted
from schemas.events import ComplaintReceived, ComplaintReclassified


class Facts(NamedTuple):
    """What is known of a complaint; queue and priority are those it would have without a breach."""

    channel: str | None = None
    product: str | None = None
    category: str | None = None
    severity: str | None = None
    customer_tier: str | None = None
    language: str | None = None
    region: str | None = None
    queue: str | None = None
    priority: int | None = None
    flags: frozenset[str] = frozenset()


def of_complaint(event: ComplaintReceived) -> bytes:
    """What the front-end said, packed."""
    customer = event.customer
    language = event.language or customer.language
    return _joined(event.channel, event.product, event.category, event.severity, customer.tier, language, event.region)


def of_reclassification(event: ComplaintReclassified) -> bytes:
    """What was corrected, packed."""
    return _joined(event.category, event.severity, event.product)


def of_routing(event: ComplaintRouted) -> bytes:
    """What the router found, packed."""
    return _joined(
        event.queue_without_breach,
        str(event.priority_without_breach),
        event.category,
        event.severity,
        event.language,
        *event.flags,
    )


def from_complaint(payload: bytes) -> Facts:
    """The facts at the beginning."""
    channel, product, category, severity, customer_tier, language, region = (t or None for t in _texts(payload))
    return Facts(channel, product, category, severity, customer_tier, language, region)


def after_reclassification(facts: Facts, payload: bytes) -> Facts:
    """The facts with what was corrected; what it left out stands."""
    category, severity, product = _texts(payload)
    return facts._replace(
        category=category or facts.category, severity=severity or facts.severity, product=product or facts.product
    )


def after_routing(facts: Facts, payload: bytes) -> Facts:
    """The facts with what the router found."""
    queue, priority, category, severity, language, *flags = _texts(payload)
    return facts._replace(
        queue=queue,
        priority=int(priority),
        category=category or facts.category,
        severity=severity or facts.severity,
        language=language or facts.language,
        flags=frozenset(flags),
    )


def _joined(*texts: str | None) -> bytes:
    return "\0".join(text or "" for text in texts).encode()


def _texts(payload: bytes) -> list[str]:
    return payload.decode().split("\0")
