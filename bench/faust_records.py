"""The bench's events as Faust's own models, each field with its type, as Faust's documentation describes them."""

# mypy: disable-error-code="misc,call-arg"
# Faust is untyped.

from datetime import datetime
from typing import Any

import faust

from bench import job
from services.router.domain.decision_ids import derive_decision_id, derive_item_id
from services.router.domain.queue_rules import Ruleset, parse_skills


class Customer(faust.Record):
    id: str
    tier: str | None = None
    language: str | None = None


class Amount(faust.Record):
    value: str
    currency: str


class Personal(faust.Record):
    subject: str = ""
    body: str = ""
    name: str | None = None
    contact: str | None = None
    representative: dict[str, str | None] | None = None
    attributes: dict[str, str] = {}  # noqa: RUF012 - Faust copies its fields' defaults


class ComplaintReceived(faust.Record, serializer="json", coerce=True):
    event_id: str
    occurred_at: datetime
    recorded_at: datetime
    complaint_id: str
    channel: str
    customer: Customer
    type: str = "complaint_received"
    source_sequence: int | None = None
    external_ref: str | None = None
    product: str | None = None
    category: str | None = None
    severity: str | None = None
    language: str | None = None
    region: str | None = None
    amount: Amount | None = None
    remedy_sought: str | None = None
    about: dict[str, str] | None = None
    tags: list[str] = []  # noqa: RUF012 - Faust copies its fields' defaults
    attachments: list[dict[str, str]] = []  # noqa: RUF012
    personal: Personal | None = None


class ComplaintRouted(faust.Record, serializer="json", include_metadata=False):
    event_id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    cause_event_id: str
    complaint_id: str
    queue: str
    priority: int
    skills: dict[str, int | str]
    category: str | None
    severity: str | None
    flags: list[str]
    language: str | None
    rule: str
    reason: str
    ruleset_version: str
    ruleset_hash: str
    arm: str
    hop: int
    trigger: str
    queue_without_breach: str
    priority_without_breach: int
    facts: dict[str, str]


class QueueItem(faust.Record, serializer="json", include_metadata=False):
    event_id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    cause_event_id: str
    complaint_id: str
    queue: str
    priority: int
    skills: dict[str, int | str]
    category: str | None
    severity: str | None
    channel: str
    language: str | None
    entered_at: datetime
    state: str
    agent_id: str | None


def decided(complaint: Any, ruleset: Ruleset, recorded_at: datetime) -> tuple[ComplaintRouted, QueueItem]:
    """The decision, and the item for the queue it names."""
    decision, entry = job.decided(complaint, ruleset)
    result = decision.result
    both = {
        "occurred_at": complaint.occurred_at,
        "recorded_at": recorded_at,
        "cause_event_id": complaint.event_id,
        "complaint_id": complaint.complaint_id,
        "queue": entry.queue,
        "priority": entry.priority,
        "skills": parse_skills(entry.skills),
        "category": entry.category,
        "severity": entry.severity,
        "language": entry.language,
    }
    routed = ComplaintRouted(
        **both,
        event_id=derive_decision_id(complaint.complaint_id, decision),
        type="complaint_routed",
        flags=decision.fields.flags,
        rule=result.rule,
        reason=result.reason,
        ruleset_version=ruleset.version,
        ruleset_hash=ruleset.content_hash,
        arm="control",
        hop=decision.hop,
        trigger=decision.trigger,
        queue_without_breach=result.queue,
        priority_without_breach=result.priority,
        facts={},
    )
    queued = QueueItem(
        **both,
        event_id=derive_item_id(complaint.complaint_id, decision.cause, entry),
        type="queue_item",
        channel=entry.channel,
        entered_at=complaint.occurred_at,
        state="waiting",
        agent_id=None,
    )
    return routed, queued
