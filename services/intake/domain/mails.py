"""From one e-mail to the event that is kept: a new complaint, or a reply within a thread; or a refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas import events
from schemas.complaint import Attachment, Customer
from schemas.ids import derived_id
from schemas.personal import ComplaintPersonal, ReplyPersonal
from services.intake.domain.arrivals import SKEW, Accepted, Arrival, check_channel, check_scope
from services.intake.domain.identity import derive_complaint_id
from services.intake.domain.refusals import RequestRefused
from services.intake.mail.message import Mail

QUEUED_FOR = timedelta(days=5)
"""How long mail servers go on trying (RFC 5321, section 4.5.4.1). A mail that says it is older has a wrong clock."""

NOBODY = "unknown"
"""The customer of a mail that names no sender."""


def accept_mail(mail: Mail, channel: str, arrival: Arrival) -> Accepted:
    """What a mail says through ``channel``. The same mail again is the same event. Raises RequestRefused.

    A thread is known by its first mail: that one is the complaint, with its Message-ID as ``external_ref``. So a reply
    needs no stored state, and one in a thread that nobody received goes to triage like every event of an unknown
    complaint. What a machine wrote outside a thread is a complaint too, tagged with the kind of mail and why.
    """
    check_scope(arrival.sender, ("complaints",), arrival.now)
    check_channel(channel, arrival.sender, "parameter")
    if mail.kind == "loop":
        raise RequestRefused("mail_loop", "This mail came back, or went through too many servers; it is no complaint")
    return _reply(mail, channel, arrival) if mail.thread else _complaint(mail, channel, arrival)


def _complaint(mail: Mail, channel: str, arrival: Arrival) -> Accepted:
    owner = arrival.sender.owner
    complaint_id = derive_complaint_id(owner, channel, mail.message_id, is_test=arrival.sender.is_test)
    event = events.ComplaintReceived(
        event_id=derived_id(complaint_id, "complaint_received", mail.message_id),
        complaint_id=complaint_id,
        occurred_at=_sent_at(mail, arrival.now),
        recorded_at=arrival.now,
        channel=channel,
        external_ref=mail.message_id,
        customer=Customer(id=_customer_id(mail, owner), language=mail.language),
        language=mail.language,
        tags=() if mail.kind == "message" else (mail.kind, mail.reason),
        attachments=tuple(
            Attachment(name=one.name, media_type=one.media_type, size=one.size) for one in mail.attachments
        ),
        personal=ComplaintPersonal(
            subject=mail.subject, body=mail.text, name=mail.sender_name, contact=mail.sender_address
        ),
    )
    return Accepted(event, complaint_id, channel, duplicate_safe=True, owner=owner)


def _reply(mail: Mail, channel: str, arrival: Arrival) -> Accepted:
    sender = arrival.sender
    complaint_id = derive_complaint_id(sender.owner, channel, mail.thread_id, is_test=sender.is_test)
    event = events.CustomerReplied(
        event_id=derived_id(complaint_id, "customer_replied", mail.message_id),
        complaint_id=complaint_id,
        occurred_at=_sent_at(mail, arrival.now),
        recorded_at=arrival.now,
        channel=channel,
        automatic=mail.automatic,
        personal=ReplyPersonal(body=mail.text),
    )
    return Accepted(event, complaint_id, channel, duplicate_safe=True)


def _sent_at(mail: Mail, now: datetime) -> datetime:
    """When it was sent, if that can be so; else now."""
    if mail.sent_at is None or not now - QUEUED_FOR <= mail.sent_at <= now + SKEW:
        return now
    return min(mail.sent_at, now)


def _customer_id(mail: Mail, owner: str) -> str:
    """The same for all mails of one address; the address itself is personal, and stands there."""
    return NOBODY if mail.sender_address is None else derived_id(owner, "e-mail", mail.sender_address.lower())
