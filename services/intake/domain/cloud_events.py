"""From CloudEvents 1.0, as a request brings them, to the events that are kept, or a refusal of all of them.

The ``type`` of each is one of our events, as it stands in ``ce_type`` on Kafka. What a request's headers and body say
is read in ``cloud_event_modes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, StringConstraints, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import to_json

from schemas.external_names import ExternalName
from schemas.instants import ExternalInstant, rfc3339
from services.intake.domain.advice import ADVICE
from services.intake.domain.arrivals import Accepted, Arrival, Sender, check_channel
from services.intake.domain.complaints import accept_complaint
from services.intake.domain.lifecycle import accept_channel_event, accept_event
from services.intake.domain.refusals import Fault, InvalidField, RequestRefused
from services.intake.domain.request_body import RequestBody
from services.intake.domain.request_models import (
    COMPLAINT,
    EVENTS,
    IDENTIFIER,
    LIFECYCLE_EVENT,
    parse_body,
)

RECEIVED = "complaint_received"
HEADER_PREFIX = "ce-"
"""Of the headers that hold attributes in binary mode."""

_Attribute = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class CloudEvent(RequestBody):
    """One event, with the attributes that Redress reads; others, such as ``dataschema``, are let pass.

    ``subject`` is the id of the complaint to which the event happened, or the extension attributes ``channel`` and
    ``externalref`` name the sender's own complaint. A reception needs neither: its data says everything.
    """

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: _Attribute
    source: _Attribute
    type: Annotated[str, WithJsonSchema({"type": "string", "enum": [RECEIVED, *EVENTS]})]
    subject: str | None = None
    time: ExternalInstant | None = None
    channel: ExternalName | None = None
    externalref: ExternalName | None = None
    data: Any = None
    data_base64: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of an event stand in the request: its attributes ``in_headers``, its data at the pointer."""

    in_headers: bool
    data: str

    def attribute(self, name: str, detail: str) -> Fault:
        """What is wrong with an attribute."""
        return Fault(HEADER_PREFIX + name, detail, "header") if self.in_headers else Fault("/" + name, detail)

    def refuse_attribute(self, name: str, detail: str) -> RequestRefused:
        """A refusal for that alone."""
        return RequestRefused("invalid", "A field is wrong", self.attribute(name, detail))

    def rename(self, refused: RequestRefused, names: Mapping[str, str]) -> RequestRefused:
        """The same refusal: a fault at one of ``names`` is one of that attribute, every other one of the data."""
        faults = (
            self.attribute(names[fault.where], fault.detail)
            if fault.where in names
            else replace(fault, where=self.data + fault.where)
            for fault in refused.faults
        )
        return RequestRefused(refused.reason, refused.detail, *faults)


IN_HEADERS = Places(in_headers=True, data="")
IN_BODY = Places(in_headers=False, data="/data")


def accept_cloud_event(event: CloudEvent, places: Places, arrival: Arrival) -> Accepted:
    """A complaint, or something that happened to one. Raises RequestRefused.

    Its ``source`` and ``id`` together name it (CloudEvents, section 3.1.1): the same again is the same event. An
    Idempotency-Key of the request goes before them.
    """
    if event.type != RECEIVED and event.type not in EVENTS:
        raise places.refuse_attribute("type", ADVICE["union_tag_invalid"])
    arrival = replace(arrival, idempotency_key=arrival.idempotency_key or ("cloudevents", event.source, event.id))
    data = {} if event.data is None else event.data
    if not isinstance(data, dict):
        raise InvalidField(places.data, ADVICE["dict_type"])
    if "type" in data and data["type"] != event.type:
        raise InvalidField(places.data + "/type", "the event's own type is another: leave this out")
    occurred = {"occurred_at": rfc3339(event.time)} if event.time is not None and "occurred_at" not in data else {}
    fields = {name: value for name, value in data.items() if name != "type"} | occurred
    address = None if event.type == RECEIVED else _find_address(event, places, arrival.sender)
    try:
        if address is None:
            return accept_complaint(_read(COMPLAINT, fields), arrival)
        given = _read(LIFECYCLE_EVENT, {"type": event.type, **fields})
        if isinstance(address, str):
            return accept_event(given, address, arrival)
        return accept_channel_event(given, *address, arrival)
    except RequestRefused as refused:
        raise places.rename(refused, {"/occurred_at": "time"} if occurred else {}) from None


def _find_address(event: CloudEvent, places: Places, sender: Sender) -> str | tuple[str, str]:
    """The complaint to which it happened: its id, or channel and reference. Raises RequestRefused."""
    if event.channel is not None and event.externalref is not None and event.subject is None:
        try:
            check_channel(event.channel, sender)
        except RequestRefused as refused:
            raise places.rename(refused, {"/channel": "channel"}) from None
        return event.channel, event.externalref
    if event.subject is None or event.channel is not None or event.externalref is not None:
        detail = "name the complaint by subject (its id), or by channel and externalref"
        raise places.refuse_attribute("subject", detail)
    try:
        return IDENTIFIER.validate_python(event.subject)
    except ValidationError:
        detail = "this is no complaint_id, which is a UUID"
        raise places.refuse_attribute("subject", detail) from None


def _read(adapter: TypeAdapter[RequestBody], fields: dict[str, Any]) -> RequestBody:
    """Data as one of our bodies: it was JSON, and is read as such once more, since strict models tell both apart."""
    return parse_body(adapter, to_json(fields))
