"""The parts of a request's body: strict models and types, each from the tolerant part of an event that it becomes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from schemas import complaint, events, personal
from schemas.external_names import ExternalName, canonical_name
from schemas.instants import ExternalInstant, ReportedInstant
from schemas.primitives import ExternalIdentifier, Identifier, Integer, Name, Text
from services.intake.domain.arrivals import Circumstances, find_channel_fault, find_future_fault
from services.languages import LanguageTag


def _check_channel(name: str, info: ValidationInfo) -> str:
    circumstances: Circumstances | None = info.context
    if circumstances and (fault := find_channel_fault(name, circumstances["sender"])):
        raise fault
    return name


def _check_not_future(instant: datetime, info: ValidationInfo) -> datetime:
    circumstances: Circumstances | None = info.context
    if circumstances and (fault := find_future_fault(instant, circumstances["now"])):
        raise fault
    return instant


Channel = Annotated[
    str,
    AfterValidator(canonical_name),
    AfterValidator(_check_channel),
    WithJsonSchema({"type": "string", "description": "One of this deployment's channels"}),
]
"""The name of a channel that the sender may use, where the circumstances of the request are known."""

PastInstant = Annotated[ExternalInstant, AfterValidator(_check_not_future)]
"""When something happened that is told now."""


def read_whole(given: Any) -> Any:
    """1.0 as 1, anything else as it is."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


WholeNumber = Annotated[Integer, BeforeValidator(read_whole)]
"""An Integer as JSON Schema has it: 1.0 is the number 1, and some languages write it so."""

Count = Annotated[Integer, Field(ge=0), BeforeValidator(read_whole)]
"""A WholeNumber that is not negative."""


class Customer(complaint.Customer, extra="forbid", strict=True):
    """Who complains. ``name`` and ``contact`` become personal data of the complaint."""

    id: ExternalName
    tier: ExternalName | None = None
    language: LanguageTag | None = None
    name: Text | None = None
    contact: Text | None = None


class Representative(personal.Representative, extra="forbid", strict=True):
    """Who speaks for the customer; becomes personal data of the complaint."""


class Amount(complaint.Amount, extra="forbid", strict=True):
    """Money at stake: a decimal as text, and an ISO 4217 code."""


class About(complaint.About, extra="forbid", strict=True):
    """Whom the customer complains of, by the operator's own id."""

    id: ExternalName


class Attachment(complaint.Attachment, extra="forbid", strict=True):
    """What was attached, never the bytes. Its ``name`` is as a person called the file, whatever that is."""

    media_type: ExternalName
    size: Count


class RedressItem(complaint.RedressItem, extra="forbid", strict=True):
    """Something given to put the complaint right."""

    kind: ExternalName
    amount: Amount | None = None


class Reply(personal.ReplyPersonal, extra="forbid", strict=True, json_schema_extra={}):
    """What an agent or a customer wrote in a reply."""


class Note(personal.NotePersonal, extra="forbid", strict=True, json_schema_extra={}):
    """An agent's note."""


class Reason(personal.ReasonPersonal, extra="forbid", strict=True, json_schema_extra={}):
    """Why it happened, in somebody's own words."""


class RequiredReason(personal.RequiredReasonPersonal, extra="forbid", strict=True, json_schema_extra={}):
    """Why it happened, in somebody's own words; it must be given."""


def _keep_names_apart(given: Any, read: ValidatorFunctionWrapHandler) -> dict[str, str]:
    attributes: dict[str, str] = read(given)
    if len(attributes) < len(given):
        raise ValueError("two names here are one in Unicode's Normalization Form C: keep one")
    return attributes


Attributes = Annotated[
    dict[ExternalName, Text],
    WrapValidator(_keep_names_apart),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": TypeAdapter(ExternalName).json_schema(),
            "additionalProperties": TypeAdapter(Text).json_schema(),
        }
    ),
]
"""A front-end's own fields, by name."""

STRICT: dict[Any, Any] = {
    Identifier: ExternalIdentifier,
    Name: ExternalName,
    Name | None: ExternalName | None,
    tuple[Name, ...]: tuple[ExternalName, ...],
    Integer | None: WholeNumber | None,
    events.WholeSeconds | None: Count | None,
    ReportedInstant: ExternalInstant,
    ReportedInstant | None: ExternalInstant | None,
    complaint.Customer: Customer,
    complaint.Amount | None: Amount | None,
    complaint.About | None: About | None,
    tuple[complaint.Attachment, ...]: tuple[Attachment, ...],
    tuple[complaint.RedressItem, ...]: tuple[RedressItem, ...],
    personal.ReplyPersonal: Reply,
    personal.NotePersonal: Note,
    personal.ReasonPersonal: Reason,
    personal.RequiredReasonPersonal: RequiredReason,
}
"""From the type of an event's field to its type here, where the event takes more than senders may send."""
