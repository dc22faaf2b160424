"""From a complaint as a front-end sends it to the event that is kept, or a refusal."""

from __future__ import annotations

from schemas import events
from schemas.complaint import Customer
from schemas.personal import ComplaintPersonal
from services.intake.domain.arrivals import Accepted, Arrival, check_channel, check_occurred_at, check_scope
from services.intake.domain.identity import identify_complaint
from services.intake.domain.request_body import RequestBody


def accept_complaint(given: RequestBody, arrival: Arrival) -> Accepted:
    """A new complaint; what can name a person moves into ``personal``. Raises RequestRefused."""
    sender, fields = arrival.sender, {**vars(given)}
    check_scope(sender, ("complaints",), arrival.now)
    channel = fields["channel"]
    check_channel(channel, sender)
    occurred_at = check_occurred_at(fields.pop("occurred_at"), arrival.now)
    customer = fields.pop("customer")
    personal = ComplaintPersonal(
        subject=fields.pop("subject"),
        body=fields.pop("body"),
        name=customer.name,
        contact=customer.contact,
        representative=fields.pop("representative"),
        attributes=fields.pop("attributes"),
    )
    ids = identify_complaint(
        sender.owner,
        channel,
        fields["external_ref"],
        arrival.idempotency_key,
        sender.fresh_id,
        is_test=sender.is_test,
    )
    event = events.ComplaintReceived(
        event_id=ids.event_id,
        complaint_id=ids.complaint_id,
        occurred_at=occurred_at,
        recorded_at=arrival.now,
        customer=Customer(id=customer.id, tier=customer.tier, language=customer.language),
        personal=personal,
        **fields,
    )
    return Accepted(event, ids.complaint_id, channel, ids.duplicate_safe, sender.owner)
