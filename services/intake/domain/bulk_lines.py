"""From one line of a bulk body to the event that is kept, or a refusal of that line alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.intake.domain.arrivals import Accepted, Arrival, Sender, check_channel
from services.intake.domain.complaints import accept_complaint
from services.intake.domain.identity import IdempotencyKey
from services.intake.domain.lifecycle import accept_channel_event, accept_event
from services.intake.domain.refusals import InvalidField, RequestRefused
from services.intake.domain.request_body import RequestBody
from services.intake.domain.request_models import BULK_LINE, parse_body


def decide_bulk_line(
    line: bytes, number: int, request_key: str | None, sender: Sender, now: datetime
) -> Accepted | RequestRefused:
    """Line ``number`` of a request with the key ``request_key``, which counts for each line that has none of its own.

    A line that is refused fails alone: its refusal is returned, not raised.
    """
    of_line = (request_key, str(number)) if request_key is not None else None
    try:
        return accept_bulk_line(parse_body(BULK_LINE, line, {"sender": sender, "now": now}), sender, now, of_line)
    except RequestRefused as refused:
        return refused


def accept_bulk_line(
    given: RequestBody, sender: Sender, now: datetime, default_key: IdempotencyKey | None = None
) -> Accepted:
    """One line of a bulk body: a complaint, or an event with the complaint it happened to. Raises RequestRefused."""
    line = vars(given)
    own_key = line["idempotency_key"]
    arrival = Arrival(sender, (own_key,) if own_key is not None else default_key, now)
    if (line["complaint"] is None) == (line["event"] is None):
        raise InvalidField("", "give either complaint or event")
    if line["event"] is not None:
        _check_address(line, sender)
        try:
            if line["complaint_id"] is not None:
                return accept_event(line["event"], line["complaint_id"], arrival)
            return accept_channel_event(line["event"], line["channel"], line["external_ref"], arrival)
        except RequestRefused as refused:
            raise refused.move_inside("/event") from None
    if any(line[name] is not None for name in ("complaint_id", "channel", "external_ref")):
        raise InvalidField("", "complaint_id, channel and external_ref name an event's complaint; write them inside")
    try:
        return accept_complaint(line["complaint"], arrival)
    except RequestRefused as refused:
        raise refused.move_inside("/complaint") from None


def _check_address(line: dict[str, Any], sender: Sender) -> None:
    """Raises RequestRefused unless a bulk line says in one way to which complaint its event happened."""
    complaint_id, channel, external_ref = line["complaint_id"], line["channel"], line["external_ref"]
    if complaint_id is not None and channel is None and external_ref is None:
        return
    if complaint_id is not None or channel is None or external_ref is None:
        raise InvalidField("", "an event needs either complaint_id, or channel and external_ref")
    check_channel(channel, sender)
