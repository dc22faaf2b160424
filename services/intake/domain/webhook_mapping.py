"""From a sender's body, by the channel's mapping, to the complaints and replies that are kept of it.

A body holds envelopes, and an envelope messages. Each expression of a mapping looks into an object of three parts: the
``message``, the ``envelope`` around it, and the whole ``body``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from schemas.ids import derived_id
from schemas.messages import Message
from services.intake.domain.advice import advise
from services.intake.domain.arrivals import Accepted, Arrival
from services.intake.domain.complaints import accept_complaint
from services.intake.domain.expressions import Expression, is_true
from services.intake.domain.lifecycle import accept_channel_event
from services.intake.domain.refusals import InvalidField, RequestRefused
from services.intake.domain.request_models import COMPLAINT, LIFECYCLE_EVENT, NAME, parse_body

Fields = Mapping[str, "Expression | Fields"]
"""The fields of a complaint or an event, in each other as they are sent."""

MOST_MESSAGES = 1_000
"""In one body; those that are shipped send one, or a few."""

LONGEST_NUMBER = 10**30
NO_TEXT: list[str] = []
"""Stands where a text should, and is refused there."""


@dataclass(frozen=True, slots=True)
class ReplyMapping:
    """Messages for which ``when`` is true are a customer's reply to the sender's own complaint ``external_ref``."""

    when: Expression
    external_ref: Expression
    fields: Fields


@dataclass(frozen=True, slots=True)
class WebhookMapping:
    """How to read what one sender sends.

    Without ``envelopes`` the body is one, and without ``messages`` an envelope is one. ``ignored`` names why a message
    is no complaint, such as the receipt of a delivery; it is asked of an envelope without messages, too. ``identity``
    is what the sender calls a message; without it, a call has one message, which is called as the call is.
    """

    envelopes: Expression | None
    messages: Expression | None
    ignored: Mapping[str, Expression]
    identity: Expression | None
    complaint: Fields
    reply: ReplyMapping | None = None


@dataclass(slots=True)
class Outcome:
    """What becomes of a body: what is to be kept, why the rest is let pass, and which messages are refused."""

    accepted: list[Accepted] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: list[RequestRefused] = field(default_factory=list)


def accept_webhook(mapping: WebhookMapping, channel: str, body: Any, call_id: str | None, arrival: Arrival) -> Outcome:
    """Every message of ``body``. One that is refused does not hold up the others, and is in the outcome, too.

    ``call_id`` is what the sender calls this call, where it is signed. Raises RequestRefused where the body as a whole
    has no place for messages, and is not named under ``ignored`` either.
    """
    outcome = Outcome()
    for message in _find_messages(mapping, body):
        try:
            reason = next((name for name, test in mapping.ignored.items() if is_true(test.find(message))), None)
            if reason is None:
                outcome.accepted.append(_accept_message(mapping, channel, message, call_id, arrival))
            else:
                outcome.ignored.append(reason)
        except RequestRefused as refused:
            outcome.refused.append(refused)
    return outcome


def _find_messages(mapping: WebhookMapping, body: Any) -> Iterator[dict[str, Any]]:
    found = 0
    for envelope in _find_list(mapping.envelopes, body):
        for message in _find_list(mapping.messages, envelope) or [None]:
            found += 1
            if found > MOST_MESSAGES:
                raise RequestRefused("unmapped", Message("More than {most} messages stand in it", most=MOST_MESSAGES))
            yield {"message": message, "envelope": envelope, "body": body}
    if not found:
        raise RequestRefused("unmapped", "The mapping of this channel finds no message in it")


def _find_list(expression: Expression | None, value: Any) -> Sequence[Any]:
    if expression is None:
        return [value]
    found = expression.find(value)
    return found if isinstance(found, list) else [] if found is None else [found]


def _accept_message(
    mapping: WebhookMapping, channel: str, message: dict[str, Any], call_id: str | None, arrival: Arrival
) -> Accepted:
    if message["message"] is None:
        raise RequestRefused("unmapped", "The mapping of this channel finds no message in it")
    identity = call_id if mapping.identity is None else _as_text(mapping.identity.find(message))
    name = _read_name(identity)
    arrival = replace(arrival, idempotency_key=("message", channel, name))
    if mapping.reply is not None and is_true(mapping.reply.when.find(message)):
        addressed = _read_name(_as_text(mapping.reply.external_ref.find(message)))
        reply = {**_find_fields(mapping.reply.fields, message), "type": "customer_replied", "channel": channel}
        return accept_channel_event(parse_body(LIFECYCLE_EVENT, to_json(reply)), channel, addressed, arrival)
    fields = {"external_ref": name, "subject": "", **_find_fields(mapping.complaint, message), "channel": channel}
    customer = fields["customer"]
    if isinstance(customer.get("id"), str):  # Often a phone number: it is known by a name that does not show it.
        customer["id"] = derived_id(arrival.sender.owner, channel, "customer", customer["id"])
    return accept_complaint(parse_body(COMPLAINT, to_json(fields)), arrival)


def _find_fields(fields: Fields, message: dict[str, Any]) -> dict[str, Any]:
    """The fields of which something was found. A false is nothing, so that ``condition && value`` may be written."""
    found = {
        name: _as_text(inner.find(message)) if isinstance(inner, Expression) else _find_fields(inner, message)
        for name, inner in fields.items()
    }
    return {name: value for name, value in found.items() if value is not None and value is not False}


def _as_text(found: Any) -> Any:
    """A text, or a whole number as one: every field that a mapping fills is a text. What else was found is no value."""
    if found is None or found is False or isinstance(found, str):
        return found
    whole = isinstance(found, int) and found is not True and abs(found) < LONGEST_NUMBER
    return str(found) if whole else NO_TEXT


def _read_name(found: Any) -> str:
    try:
        return NAME.validate_python(found)
    except ValidationError as error:
        raise InvalidField("/external_ref", advise(error.errors(include_input=False)[0])) from None
