"""From something that happened to a complaint, as it is sent, to the event that is kept, or a refusal."""

from __future__ import annotations

from services.intake.domain.arrivals import (
    NO_CHANNEL,
    Accepted,
    Arrival,
    check_channel,
    check_complaint,
    check_occurred_at,
    check_scope,
)
from services.intake.domain.identity import derive_complaint_id, identify_event
from services.intake.domain.refusals import InvalidField
from services.intake.domain.request_body import RequestBody
from services.intake.domain.request_models import EVENTS
from services.intake.domain.scopes import Scope


def accept_event(given: RequestBody, complaint_id: str, arrival: Arrival) -> Accepted:
    """Something that happened to a complaint, whosever it is. Raises RequestRefused."""
    check_complaint(complaint_id, arrival.sender)
    return _accept(given, complaint_id, arrival, NO_CHANNEL, "back-office")


def accept_channel_event(given: RequestBody, channel: str, external_ref: str, arrival: Arrival) -> Accepted:
    """Something that happened to the sender's own complaint ``external_ref``. Raises RequestRefused."""
    sender = arrival.sender
    complaint_id = derive_complaint_id(sender.owner, channel, external_ref, is_test=sender.is_test)
    return _accept(given, complaint_id, arrival, channel, "events")


def _accept(given: RequestBody, complaint_id: str, arrival: Arrival, channel: str, scope: Scope) -> Accepted:
    """``scope`` is what an event needs of any type but a classification, which has a scope of its own."""
    fields = {**vars(given)}
    event_type = fields["type"]
    check_scope(arrival.sender, ("classify" if event_type == "complaint_classified" else scope,), arrival.now)
    if fields.get("channel") is not None:
        check_channel(fields["channel"], arrival.sender)
    if event_type == "deadline_extended" and (fields["until"] is None) == (fields["by"] is None):
        raise InvalidField("/until", "give either until or by")
    occurred_at = check_occurred_at(fields.pop("occurred_at"), arrival.now)
    ids = identify_event(
        complaint_id, event_type, idempotency_key=arrival.idempotency_key, fresh_id=arrival.sender.fresh_id
    )
    event = EVENTS[event_type].model_validate(
        {
            **fields,
            "event_id": ids.event_id,
            "complaint_id": complaint_id,
            "occurred_at": occurred_at,
            "recorded_at": arrival.now,
        },
        by_name=True,
    )
    return Accepted(event, complaint_id, channel, ids.duplicate_safe)
