"""The bench's events as Faust's own models, each field with its type, as Faust's documentation describes them."""

# mypy: disable-error-code="misc,call-arg"
# Faust is untyped.

from datetime import datetime

import faust


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
    tags: list[str] = []  # noqa: RUF012 - Faust copies its fields' defaults
    attributes: dict[str, str] = {}  # noqa: RUF012
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
