"""The body of each call: strict models of what front-ends may send, from the tolerant events that they become.

Strict means: no unknown field, no number for a text, no text for a number. Consumers of the topics are tolerant.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, create_model

from schemas import agents, events
from schemas.external_names import ExternalName
from schemas.primitives import ExternalIdentifier, Integer, Text
from services.intake.domain.arrivals import Circumstances
from services.intake.domain.refusals import explain_invalid_body
from services.intake.domain.repeated_names import refuse_repeated_names
from services.intake.domain.request_body import ComplaintOrEvent, RequestBody, UntilOrBy
from services.intake.domain.request_parts import STRICT, Attributes, Channel, PastInstant, Representative, read_whole
from services.languages import LanguageTag

GIVEN_BY_INTAKE = frozenset({"event_id", "complaint_id", "recorded_at", "type"})
"""What a caller never writes into a body: intake finds it, or it stands in the path."""

OccurredAt = (PastInstant | None, Field(None, description="When it happened; absent: now."))


BASES: dict[str, type[RequestBody]] = {"deadline_extended": UntilOrBy}
"""Of the types of events whose fields depend on each other."""


def _make_strict(
    event: type[BaseModel], name: str, without: frozenset[str], base: type[RequestBody] = RequestBody, **added: Any
) -> type[RequestBody]:
    types = get_type_hints(event, include_extras=True)
    if "channel" in types:
        types["channel"] = Channel if event.model_fields["channel"].is_required() else Channel | None
    fields: dict[str, Any] = {
        field: (
            STRICT.get(types[field], types[field]),
            Field(... if info.is_required() else info.default, alias=info.alias),
        )
        for field, info in event.model_fields.items()
        if field not in without
    }
    return create_model(name, __base__=base, __doc__=event.__doc__, **fields | added)


Complaint: Any = _make_strict(
    events.ComplaintReceived,
    "Complaint",
    GIVEN_BY_INTAKE | {"personal"},
    occurred_at=OccurredAt,
    language=(LanguageTag | None, None),
    attributes=(Attributes, Field(default_factory=dict)),
    representative=(Representative | None, None),
    subject=(Text, ...),
    body=(Text, ...),
)
"""A complaint as front-ends send it."""

NOT_TAKEN = (events.ComplaintReceived, events.CustomerErased, events.ClockAdvanced)
"""A complaint is received by its own call, an operator's command writes an erasure, and only a replay moves clocks."""

EVENTS: dict[str, type[events.LifecycleEvent]] = {
    event.model_fields["type"].default: event
    for event in get_args(get_args(events.Lifecycle)[0])
    if event not in NOT_TAKEN
}
"""What may happen to a complaint, by type."""

PERSONAL_FIELDS: dict[str, frozenset[str]] = {
    event_type: frozenset(STRICT[event.model_fields["personal"].annotation].model_fields)
    if "personal" in event.model_fields
    else frozenset()
    for event_type, event in EVENTS.items()
}
"""What each type of event takes inside ``personal``."""

LifecycleEvent: Any = Annotated[
    reduce(
        or_,
        (
            _make_strict(
                event,
                event.__name__,
                GIVEN_BY_INTAKE,
                BASES.get(tag, RequestBody),
                type=(Literal[tag], ...),
                occurred_at=OccurredAt,
            )
            for tag, event in EVENTS.items()
        ),
    ),
    Field(discriminator="type"),
]
"""One thing that happened to a complaint, as front-ends send it."""

BulkLine = create_model(
    "BulkLine",
    __base__=ComplaintOrEvent,
    __doc__="One line of a bulk body: a complaint, or an event with the complaint it happened to.",
    complaint=(Complaint | None, None),
    event=(LifecycleEvent | None, None),
    complaint_id=(ExternalIdentifier | None, None),
    channel=(Channel | None, None),
    external_ref=(ExternalName | None, None),
    idempotency_key=(ExternalName | None, None),
)


Score = Annotated[Integer, Field(ge=0, le=10), BeforeValidator(read_whole)]
"""What any metric takes."""


class SurveyAnswer(RequestBody):
    """What a customer answered; a null score is no answer. The survey's metric decides which scores it takes."""

    score: Score | None
    comment: Text | None = None
    occurred_at: PastInstant | None = None


AgentStatus = _make_strict(
    agents.AgentStatusReported,
    "AgentStatus",
    GIVEN_BY_INTAKE | {"agent_id"},
    occurred_at=OccurredAt,
    queues=(Annotated[tuple[ExternalName, ...], Field(max_length=1_000)], ()),
    load=(Annotated[agents.Load, BeforeValidator(read_whole)] | None, None),
)
"""What an agent does from now on, as a desktop sends it."""

B = TypeVar("B", bound=RequestBody)

COMPLAINT: TypeAdapter[RequestBody] = TypeAdapter(Complaint)
LIFECYCLE_EVENT: TypeAdapter[RequestBody] = TypeAdapter(LifecycleEvent)
BULK_LINE: TypeAdapter[RequestBody] = TypeAdapter(BulkLine)
SURVEY_ANSWER: TypeAdapter[SurveyAnswer] = TypeAdapter(SurveyAnswer)
AGENT_STATUS: TypeAdapter[RequestBody] = TypeAdapter(AgentStatus)
IDENTIFIER: TypeAdapter[str] = TypeAdapter(ExternalIdentifier)
NAME: TypeAdapter[str] = TypeAdapter(ExternalName)
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
"""Whatever is JSON."""


def parse_body(adapter: TypeAdapter[B], body: bytes, circumstances: Circumstances | None = None) -> B:
    """The body as what ``adapter`` stands for, with all that is wrong in it told at once.

    Without ``circumstances`` no field is checked against them. Raises RequestRefused, and nothing else.
    """
    try:
        given: B = adapter.validator.validate_json(body, context=circumstances)
    except ValidationError as error:
        raise explain_invalid_body(error, body, PERSONAL_FIELDS) from None
    refuse_repeated_names(body)
    return given
