"""From what was accepted to the record that Kafka keeps and the receipt that its sender gets."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from schemas.codec import encode
from schemas.headers import cloudevents_headers, valid_traceparent
from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES
from services.intake.domain.arrivals import Accepted
from services.intake.publisher import Record

SOURCE = "/redress/intake"
TOPICS = (COMPLAINT_EVENTS.name, SURVEY_RESPONSES.name)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Receipt(BaseModel):
    """The event is kept. Where ``duplicate_safe`` is false, the same request again would be another event."""

    complaint_id: str
    event_id: str
    duplicate_safe: bool


def make_record(accepted: Accepted, traceparent: bytes) -> Record:
    """The record; its key is the complaint's id and its timestamp ``recorded_at``."""
    event = accepted.event
    return Record(
        SURVEY_RESPONSES.name if event.type == "survey_answered" else COMPLAINT_EVENTS.name,
        accepted.complaint_id.encode(),
        encode(event),
        (event.recorded_at - EPOCH) // MILLISECOND,
        cloudevents_headers(event, SOURCE, traceparent),
    )


def make_receipt(accepted: Accepted) -> Receipt:
    """What its sender is told."""
    return Receipt(
        complaint_id=accepted.complaint_id,
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
