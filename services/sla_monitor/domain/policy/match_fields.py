"""What policies match on: the front-end's fields, overlaid by each reclassification and routing decision."""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.contents import ComplaintFields, Correction, Found


class MatchFields(NamedTuple):
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


Overlay = Correction | Found


def match_fields_of(reception: ComplaintFields) -> MatchFields:
    """What the front-end said."""
    channel, product, category, severity, customer_tier, language, region, *_ = reception
    return MatchFields(channel, product, category, severity, customer_tier, language, region)


def overlay(fields: MatchFields, later: Overlay) -> MatchFields:
    """The fields after one more overlay: what it leaves out stands."""
    if isinstance(later, Correction):
        return fields._replace(
            category=later.category or fields.category,
            severity=later.severity or fields.severity,
            product=later.product or fields.product,
        )
    return fields._replace(
        queue=later.queue,
        priority=later.priority,
        category=later.category or fields.category,
        severity=later.severity or fields.severity,
        language=later.language or fields.language,
        flags=frozenset(later.flags),
    )
