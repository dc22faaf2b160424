"""From what was accepted to the record that Kafka keeps and the receipt that its sender gets."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from schemas.codec import encode
from schemas.headers import cloudevents_headers, valid_traceparent
from schemas.personal_keys import PersonalKeyKept
from schemas.topics import AGENT_STATUS, COMPLAINT_EVENTS, PERSONAL_KEYS, SURVEY_RESPONSES
from services.intake.domain.arrivals import Accepted
from services.intake.publisher import Record

SOURCE = "/redress/intake"
TOPICS = (COMPLAINT_EVENTS.name, SURVEY_RESPONSES.name, AGENT_STATUS.name, PERSONAL_KEYS.name)
TOPIC_OF = {"survey_answered": SURVEY_RESPONSES.name, "agent_status_reported": AGENT_STATUS.name}
"""By type of event; all others stand in complaint-events."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Receipt(BaseModel):
    """The event is kept. Where ``duplicate_safe`` is false, the same request again would be another event."""

    complaint_id: Annotated[str, Field(json_schema_extra={"format": "uuid"})]
    event_id: Annotated[str, Field(json_schema_extra={"format": "uuid"})]
    duplicate_safe: bool


class AgentReceipt(BaseModel):
    """The same of a report about an agent."""

    agent_id: str
    event_id: str
    duplicate_safe: bool


def make_record(accepted: Accepted, traceparent: bytes) -> Record:
    """The record; its key is the subject and its timestamp ``recorded_at``."""
    event = accepted.event
    return Record(
        TOPIC_OF.get(event.type, COMPLAINT_EVENTS.name),
        accepted.subject.encode(),
        encode(event),
        (event.recorded_at - EPOCH) // MILLISECOND,
        cloudevents_headers(event, SOURCE, traceparent),
    )


def make_key_record(kept: PersonalKeyKept, traceparent: bytes) -> Record:
    """The record of an event's key."""
    return Record(
        PERSONAL_KEYS.name,
        f"{kept.complaint_id}/{kept.key_id}".encode(),
        encode(kept),
        (kept.recorded_at - EPOCH) // MILLISECOND,
        cloudevents_headers(kept, SOURCE, traceparent),
    )


def make_receipt(accepted: Accepted) -> Receipt:
    """What the sender of something about a complaint is told."""
    return Receipt(
        complaint_id=accepted.subject,
        event_id=accepted.event.event_id,
        duplicate_safe=accepted.duplicate_safe,
    )


def make_agent_receipt(accepted: Accepted) -> AgentReceipt:
    """What the sender of something about an agent is told."""
    return AgentReceipt(
        agent_id=accepted.subject,
        event_id=accepted.event.event_id,
        duplicate_safe=accepted.duplicate_safe,
    )


def choose_trace(given: str | None) -> bytes:
    """The trace that a request belongs to (W3C traceparent), or a new one that nobody samples."""
    if given is not None:
        traceparent = given.encode("latin-1")
        if valid_traceparent(traceparent):
            return traceparent
    fresh = secrets.token_hex(24)
    return f"00-{fresh[:32]}-{fresh[32:]}-00".encode()
