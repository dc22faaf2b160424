"""The model of a mapping file: how rows of a log become lifecycle events. It is validated before anything is read."""

from __future__ import annotations

import codecs
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from redress.replay.cells import Cells, CellText, Column, Strict, Words, make_list
from redress.replay.condition import FIRST, When
from redress.replay.event_fields import EVENT_MODELS, find_field, list_fields
from redress.replay.field_source import FieldSource, Source
from redress.replay.instants import check_format
from schemas.each_once import each_once

MOST_EVENTS = 99
"""``source_sequence`` is the row's number times 100 plus the event's place."""


def _check_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no IANA time zone; write one such as Europe/Lisbon")
    return value


def _check_encoding(value: str) -> str:
    try:
        "".encode(value)
    except LookupError:
        raise ValueError(f"{value!r} is no encoding of text; write one such as utf-8, cp1252 or gb18030") from None
    return codecs.lookup(value).name


def _check_delimiter(value: str) -> str:
    if len(value) != 1 or value in '"\r\n ':
        raise ValueError(r'the delimiter is one character between two cells, such as ";", or "\t" for a tab')
    return value


Formats = Annotated[
    tuple[Annotated[str, AfterValidator(check_format)], ...],
    Field(min_length=1),
    each_once("format"),
    BeforeValidator(make_list, json_schema_input_type=str | list[str]),
]


class EventMapping(Strict):
    """One kind of event: its type, its conditions and its fields.

    ``occurred_at`` is the column of the event's own instant; without it the event has the row's.
    """

    type: str
    when: When
    occurred_at: Column | None = None
    fields: dict[str, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_own_fields(self) -> EventMapping:
        if self.type not in EVENT_MODELS:
            raise ValueError(f"there is no event type {self.type!r}; known are {', '.join(EVENT_MODELS)}")
        if self.type == "complaint_received":
            if self.fields:
                raise ValueError("what a complaint_received says stands under `complaint:`; remove `fields`")
            return self
        _check_fields(self.type, self.fields, "fields")
        return self

    def applies(self, before: Cells | None, row: Cells, missing: frozenset[str]) -> bool:
        """Whether the row makes the event: all conditions are true."""
        return all(condition.applies(before, row, missing) for condition in self.when)


class FileShape(Strict):
    """How the file is written: its encoding, what stands between two cells, and whether its newest row comes first."""

    encoding: Annotated[str, AfterValidator(_check_encoding)] = "utf-8"
    delimiter: Annotated[str, AfterValidator(_check_delimiter)] = ","
    newest_first: bool = False


class RowShape(Strict):
    """Which columns hold the complaint's name and the instant, the formats of instants, and what means missing.

    An empty cell is always missing.
    """

    complaint: Column
    occurred_at: Column
    format: Formats
    missing: Annotated[Words, AfterValidator(lambda words: words | {""})] = frozenset({""})


class Verdict(Strict):
    """The log's own verdict on its deadlines, on a complaint's last row; only a report reads it."""

    column: Column = Field(alias="from")
    values: Annotated[dict[CellText, Literal["kept", "missed"]], each_once("value")]


class ReplayMapping(Strict):
    """The whole file."""

    version: str
    zone: Annotated[str, AfterValidator(_check_zone)]
    file: FileShape = FileShape()
    row: RowShape
    complaint: dict[str, Source]
    events: Annotated[tuple[EventMapping, ...], Field(min_length=1, max_length=MOST_EVENTS)]
    verdict: Verdict | None = None

    @model_validator(mode="after")
    def _check_reception(self) -> ReplayMapping:
        _check_fields("complaint_received", self.complaint, "complaint")
        received = [event for event in self.events if event.type == "complaint_received"]
        if len(received) != 1 or received[0].when != FIRST:
            raise ValueError("`events` needs exactly one {type: complaint_received, when: first}")
        return self

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """The zone of the log's local times."""
        return ZoneInfo(self.zone)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column that the mapping reads."""
        sources = [
            *self.complaint.values(),
            *(source for event in self.events for source in event.fields.values()),
        ]
        named = {
            self.row.complaint,
            self.row.occurred_at,
            self.verdict.column if self.verdict else None,
            *(column for source in sources for column in source.columns),
            *(event.occurred_at for event in self.events),
            *(condition.column for event in self.events for condition in event.when),
        }
        return frozenset(column for column in named if column is not None)


def _check_fields(event_type: str, sources: dict[str, FieldSource], where: str) -> None:
    """Raise ValidationError with all faults: unknown fields, constants that do not fit, required fields left out."""
    faults = [
        *(
            ((where, name), fault)
            for name, source in sources.items()
            if (fault := _find_fault(event_type, name, source)) is not None
        ),
        *(
            ((where,), f"{event_type} needs the field {name}; write where it comes from")
            for name, wanted in list_fields(event_type).items()
            if wanted.required and name not in sources
        ),
    ]
    if faults:
        details = [
            InitErrorDetails(type=PydanticCustomError("mapping", "{fault}", {"fault": fault}), loc=place, input=None)
            for place, fault in faults
        ]
        raise ValidationError.from_exception_data("mapping", details)


def _find_fault(event_type: str, name: str, source: FieldSource) -> str | None:
    if event_type == "complaint_received" and source.before is not None:
        return f"a complaint's first row has none before it; write where {name} comes from in this row"
    try:
        field = find_field(event_type, name)
        for text in source.constants:
            field.kind.validate_python(text)
    except ValidationError as error:
        return f"{error.errors()[0]['input']!r} does not fit {name}: {error.errors()[0]['msg']}"
    except ValueError as error:
        return str(error)
    return None
