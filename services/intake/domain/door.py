"""What front-ends may send: strict models, derived from the tolerant events that they become.

Strict means: no unknown field, no number for a text, no text for a number. Consumers of the topics are tolerant.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from schemas import events
from schemas.primitives import Identifier, Integer, Name, ReportedInstant, Text
from services.intake.domain.refusals import from_validation

GIVEN_BY_INTAKE = frozenset({"event_id", "complaint_id", "recorded_at", "type"})
"""What a caller never writes into a body: intake finds it, or it stands in the path."""

OccurredAt = (ReportedInstant | None, Field(None, description="When it happened; absent: now."))


class Door(BaseModel):
    """A body as it may be sent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Customer(events.Customer, extra="forbid", strict=True):
    """Who complains. ``name`` and ``contact`` become personal data of the complaint."""

    name: Text | None = None
    contact: Text | None = None


class Amount(events.Amount, extra="forbid", strict=True):
    """Money at stake: a decimal as text, and an ISO 4217 code."""


class Attachment(events.Attachment, extra="forbid", strict=True):
    """What was attached, never the bytes."""


class Reply(events.ReplyPersonal, extra="forbid", strict=True):
    """What a customer wrote back."""


STRICT: dict[str, Any] = {
    "customer": (Customer, ...),
    "amount": (Amount | None, None),
    "attachments": (tuple[Attachment, ...], ()),
    "attributes": (dict[Name, Text], Field(default_factory=dict)),
    "personal": (Reply, Reply()),
}
"""Fields whose own models must be strict too, and one default that is cheaper made than copied."""


def _from_event(event: type[BaseModel], name: str, without: frozenset[str], **added: Any) -> type[Door]:
    fields: dict[str, Any] = {
        field: STRICT.get(field, (info.rebuild_annotation(), info.default if not info.is_required() else ...))
        for field, info in event.model_fields.items()
        if field not in without
    }
    return create_model(name, __base__=Door, __doc__=event.__doc__, **fields | added)


Complaint: Any = _from_event(
    events.ComplaintReceived,
    "Complaint",
    GIVEN_BY_INTAKE | {"personal"},
    occurred_at=OccurredAt,
    subject=(Text, ...),
    body=(Text, ...),
)
"""A complaint as front-ends send it."""

EVENTS: dict[str, type[events.LifecycleEvent]] = {
    event.model_fields["type"].default: event
    for event in get_args(get_args(events.Lifecycle)[0])
    if event not in (events.ComplaintReceived, events.ClockAdvanced)
}
"""What may happen to a complaint, by type. It is received by its own call; only a replay moves clocks."""

TAGS = frozenset(EVENTS)

LifecycleEvent: Any = Annotated[
    reduce(
        or_,
        (
            _from_event(event, event.__name__, GIVEN_BY_INTAKE, type=(Literal[tag], ...), occurred_at=OccurredAt)
            for tag, event in EVENTS.items()
        ),
    ),
    Field(discriminator="type"),
]
"""One thing that happened to a complaint, as front-ends send it."""

BulkLine = create_model(
    "BulkLine",
    __base__=Door,
    __doc__="One line of a bulk body: a complaint, or an event with the complaint it happened to.",
    complaint=(Complaint | None, None),
    event=(LifecycleEvent | None, None),
    complaint_id=(Identifier | None, None),
    channel=(Name | None, None),
    external_ref=(Name | None, None),
    idempotency_key=(Name | None, None),
)


class SurveyAnswer(Door):
    """What a customer answered; a null score is no answer."""

    score: Integer | None
    comment: Text | None = None
    occurred_at: ReportedInstant | None = None


D = TypeVar("D", bound=Door)

COMPLAINT: TypeAdapter[Door] = TypeAdapter(Complaint)
LIFECYCLE_EVENT: TypeAdapter[Door] = TypeAdapter(LifecycleEvent)
BULK_LINE: TypeAdapter[Door] = TypeAdapter(BulkLine)
SURVEY_ANSWER: TypeAdapter[SurveyAnswer] = TypeAdapter(SurveyAnswer)
IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
NAME: TypeAdapter[str] = TypeAdapter(Name)


def read(adapter: TypeAdapter[D], body: bytes) -> D:
    """The body as what ``adapter`` stands for. Raises Refused, and nothing else."""
    try:
        given: D = adapter.validator.validate_json(body)
    except ValidationError as error:
        raise from_validation(error, TAGS) from None
    return given
