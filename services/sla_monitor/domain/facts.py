"""What policies match on: the front-end's fields, overlaid by each reclassification and routing decision.

Packed facts are texts joined by NUL, which no name contains; an empty one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


COMPLAINT, RECLASSIFICATION, ROUTING = "c", "r", "q"
"""What a finding begins with."""


def of_complaint(event: ComplaintReceived) -> bytes:
    """What the front-end said, packed."""
    customer = event.customer
    language = event.language or customer.language
    return _joined(
        COMPLAINT,
        event.channel,
        event.product,
        event.category,
        event.severity,
        customer.tier,
        language,
        event.region,
    )


def of_reclassification(event: ComplaintReclassified) -> bytes:
    """What was corrected, packed."""
    return _joined(RECLASSIFICATION, event.category, event.severity, event.product)


def of_routing(event: ComplaintRouted) -> bytes:
    """What the router found, packed."""
    return _joined(
        ROUTING,
        event.queue_without_breach,
        str(event.priority_without_breach),
        event.category,
        event.severity,
        event.language,
        *event.flags,
    )


def all_facts(findings: Iterable[bytes]) -> Iterator[Facts]:
    """The facts after each of what was found: of a complaint, then of what came later, in fold order.

    What a later finding leaves out stands.
    """
    facts = Facts()
    for finding in findings:
        kind, *texts = finding.decode().split("\0")
        if kind == COMPLAINT:
            channel, product, category, severity, customer_tier, language, region = (text or None for text in texts)
            facts = Facts(channel, product, category, severity, customer_tier, language, region)
        elif kind == RECLASSIFICATION:
            category, severity, product = texts
            facts = facts._replace(
                category=category or facts.category,
                severity=severity or facts.severity,
                product=product or facts.product,
            )
        else:
            queue, priority, category, severity, language, *flags = texts
            facts = facts._replace(
                queue=queue,
                priority=int(priority),
                category=category or facts.category,
                severity=severity or facts.severity,
                language=language or facts.language,
                flags=frozenset(flags),
            )
        yield facts


def _joined(*texts: str | None) -> bytes:
    return "\0".join(text or "" for text in texts).encode()
