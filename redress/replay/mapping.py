"""The model of a mapping file: how rows of a log become lifecycle events. It is validated before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Table
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from redress.replay.event_fields import EVENT_MODELS, find_field, list_fields

MOST_EVENTS = 99
"""``source_sequence`` is the row's number times 100 plus the event's place."""


class Strict(BaseModel):
    """A part of the file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _make_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _check_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no IANA time zone; write one such as Europe/Lisbon")
    return value


def _check_format(value: str) -> str:
    sample = datetime(2001, 12, 31)
    try:
        read = datetime.strptime(sample.strftime(value), value)
    except ValueError as error:
        raise ValueError(f"this is no format of a date and time ({error})") from None
    if read.date() != sample.date():
        raise ValueError('the format must hold year, month and day, such as "%d-%m-%Y %H:%M"')
    return value


Words = Annotated[frozenset[str], BeforeValidator(_make_list, json_schema_input_type=str | list[str])]


class FieldSource(Strict):
    """Where a field's text comes from: a column, ``{value: constant}``, or ``{from, values, default}``."""

    column: str | None = Field(None, alias="from")
    value: str | None = None
    values: dict[str, str] = {}
    default: str | None = None

    @model_validator(mode="after")
    def _check_source(self) -> FieldSource:
        if (self.column is None) == (self.value is None):
            raise ValueError("write a column's name, {value: ...}, or {from: column, values: {...}}")
        if self.value is not None and (self.values or self.default is not None):
            raise ValueError("values and default belong to a column; remove them beside value")
        return self

    @property
    def constants(self) -> Iterator[str]:
        """The texts that the mapping file itself holds."""
        yield from (text for text in (self.value, self.default, *self.values.values()) if text is not None)

    def read(self, row: Table[str, str | None]) -> str | None:
        """The field's text in ``row``, None where it is missing. Raises ValueError for a value not listed."""
        if self.column is None:
            return self.value
        found = row[self.column]
        if found is None:
            return self.default
        if not self.values:
            return found
        known = self.values.get(found, self.default)
        if known is None:
            raise ValueError(f"column {self.column} has a value that `values` does not list")
        return known


class Condition(Strict):
    """When a row makes an event: ``first``, or a column that becomes, leaves or changes.

    Before a complaint's first row every column counts as missing. ``becomes`` and ``leaves`` take one value
    or several; among several, going from one to another is neither. ``changes`` is from a value to another.
    """

    first: bool = False
    column: str | None = None
    becomes: Words = frozenset()
    leaves: Words = frozenset()
    changes: bool = False

    @model_validator(mode="after")
    def _check_one_of(self) -> Condition:
        conditions = sum(map(bool, (self.first, self.becomes, self.leaves, self.changes)))
        if conditions != 1 or self.first == (self.column is not None):
            raise ValueError(
                "write `when: first`, or {column: ...} with one of `becomes: value`, `leaves: value` and "
                "`changes: true`"
            )
        return self

    def applies(
        self, before: Table[str, str | None] | None, row: Table[str, str | None], missing: frozenset[str]
    ) -> bool:
        """Whether the condition holds for ``row``, compared with the row ``before`` (None: ``row`` is the first)."""
        if self.column is None:
            return before is None
        old = before[self.column] if before else None
        new = row[self.column]
        if self.changes:
            return old is not None and new is not None and old != new
        watched = {None if word in missing else word for word in self.becomes or self.leaves}
        entered, left = new in watched and old not in watched, old in watched and new not in watched
        return entered if self.becomes else left


def _expand_column(said: object) -> object:
    return {"from": said} if isinstance(said, str) else said


def _expand_first(said: object) -> object:
    return {"first": said == "first"} if isinstance(said, str) else said


Source = Annotated[FieldSource, BeforeValidator(_expand_column, json_schema_input_type=str | FieldSource)]
When = Annotated[Condition, BeforeValidator(_expand_first, json_schema_input_type=Literal["first"] | Condition)]
"""Both may be one word alone: a column's name, and ``first``."""


class EventMapping(Strict):
    """One kind of event: its type, its condition and its fields."""

    type: str
    when: When
    fields: dict[str, Source] = {}

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


class RowShape(Strict):
    """Which columns hold the complaint's name and the instant, its format, and the texts that mean a missing value."""

    complaint: str
    occurred_at: str
    format: Annotated[str, AfterValidator(_check_format)]
    missing: Words = frozenset({""})


class Verdict(Strict):
    """The log's own verdict on its deadlines, on a complaint's last row; only a report reads it."""

    column: str = Field(alias="from")
    values: dict[str, Literal["kept", "missed"]]


class ReplayMapping(Strict):
    """The whole file."""

    version: str
    zone: Annotated[str, AfterValidator(_check_zone)]
    row: RowShape
    complaint: dict[str, Source]
    events: Annotated[tuple[EventMapping, ...], Field(min_length=1, max_length=MOST_EVENTS)]
    verdict: Verdict | None = None

    @model_validator(mode="after")
    def _check_reception(self) -> ReplayMapping:
        _check_fields("complaint_received", self.complaint, "complaint")
        received = [event for event in self.events if event.type == "complaint_received"]
        if len(received) != 1 or not received[0].when.first:
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
            *(source.column for source in sources),
            *(event.when.column for event in self.events),
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
    try:
        field = find_field(event_type, name)
        for text in source.constants:
            field.kind.validate_python(text)
    except ValidationError as error:
        return f"{error.errors()[0]['input']!r} does not fit {name}: {error.errors()[0]['msg']}"
    except ValueError as error:
        return str(error)
    return None
