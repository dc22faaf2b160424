"""From a request's headers and body to its CloudEvents, in any of the three content modes, or a refusal.

The modes and the coding of headers are those of the CloudEvents HTTP Protocol Binding 1.0.2, the members of JSON those
of the JSON Event Format 1.0.2.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import TypeAdapter
from pydantic_core import to_json

from services.intake.domain.arrivals import Accepted, Arrival
from services.intake.domain.cloud_events import (
    HEADER_PREFIX,
    IN_BODY,
    IN_HEADERS,
    CloudEvent,
    Places,
    accept_cloud_event,
)
from services.intake.domain.refusals import InvalidField, RequestRefused
from services.intake.domain.request_models import ANYTHING, parse_body

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
"""The media types of the three modes; in binary mode that of the data."""

CLOUD_EVENT: TypeAdapter[CloudEvent] = TypeAdapter(CloudEvent)
CLOUD_EVENTS: TypeAdapter[Any] = TypeAdapter(list[CloudEvent])

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"').fullmatch
_ESCAPED = re.compile(r"\\(.)")


def accept_cloud_events(
    media_type: str, headers: Iterable[tuple[str, str]], body: bytes, arrival: Arrival
) -> list[Accepted]:
    """All events of a request, or none. ``media_type`` is one of the three; headers are as bytes read as Latin-1.

    Only a batch has other than one; an empty batch has none. In a batch an Idempotency-Key counts with the number of
    the event, from 1, as it does with the lines of a bulk body. Raises RequestRefused.
    """
    if media_type == STRUCTURED:
        return [_accept_in_body(parse_body(CLOUD_EVENT, body), arrival)]
    if media_type != BATCH:
        return [accept_cloud_event(_read_binary(headers, body), IN_HEADERS, arrival)]
    accepted = []
    for number, event in enumerate(parse_body(CLOUD_EVENTS, body)):
        key = (*arrival.idempotency_key, str(number + 1)) if arrival.idempotency_key is not None else None
        try:
            accepted.append(_accept_in_body(event, replace(arrival, idempotency_key=key)))
        except RequestRefused as refused:
            raise refused.move_inside(f"/{number}") from None
    return accepted


def _accept_in_body(event: CloudEvent, arrival: Arrival) -> Accepted:
    if event.data_base64 is None:
        return accept_cloud_event(event, IN_BODY, arrival)
    if event.data is not None:
        raise InvalidField("/data_base64", "give either data or data_base64")
    try:
        data = b64decode(event.data_base64, validate=True)
    except ValueError:
        raise InvalidField("/data_base64", "this is not base64 as in RFC 4648, section 4") from None
    try:
        event = event.model_copy(update={"data": parse_body(ANYTHING, data)})
    except RequestRefused as refused:
        raise refused.move_inside("/data_base64") from None
    return accept_cloud_event(event, Places(in_headers=False, data="/data_base64"), arrival)


def _read_binary(headers: Iterable[tuple[str, str]], body: bytes) -> CloudEvent:
    attributes: dict[str, str] = {}
    for header, value in headers:
        name = header.lower()
        if not name.startswith(HEADER_PREFIX):
            continue
        if name in attributes:
            raise InvalidField(name, "this header stands twice: send one", "header")
        attributes[name] = _decode_header(name, value)
    fields = {name.removeprefix(HEADER_PREFIX): value for name, value in attributes.items()}
    in_body = {name: value for name, value in fields.items() if name not in ("data", "data_base64")}
    try:
        event = parse_body(CLOUD_EVENT, to_json(in_body))
    except RequestRefused as refused:
        names = {fault.where: fault.where.removeprefix("/") for fault in refused.faults}
        raise IN_HEADERS.rename(refused, names) from None
    return event.model_copy(update={"data": parse_body(ANYTHING, body) if body else None})


def _decode_header(name: str, value: str) -> str:
    """The text that a header stands for (HTTP Protocol Binding, section 3.1.3.2). Raises RequestRefused."""
    quoted = _QUOTED(value)
    unquoted = _ESCAPED.sub(r"\1", quoted[1]) if quoted else value
    try:
        return unquote_to_bytes(unquoted.encode("latin-1")).decode()
    except UnicodeError:
        raise InvalidField(name, "its escapes are no UTF-8: percent-encode UTF-8", "header") from None
