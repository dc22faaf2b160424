"""From the rows of a log to lifecycle events; the same rows always get the same ids; pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from redress.replay.cells import Cells
from redress.replay.event_fields import EVENT_MODELS, EventField, find_field
from redress.replay.field_source import FieldSource
from redress.replay.mapping import EventMapping, ReplayMapping
from redress.replay.rows import FileRows, Rejection, Row, read_cell_instant
from schemas.events import LIFECYCLE_RANK, LifecycleEvent
from schemas.ids import derived_id


@dataclass(frozen=True)
class ConvertedLog:
    """A log as lifecycle events, in the order they happened, with its rejected rows by line and its own verdicts.

    ``verdicts`` are by complaint_id, from its last row: kept, missed, or unknown; none if the mapping names
    no column for them. Every row is among ``rows_with_events``, ``rows_without_events`` or ``rejected``.
    """

    events: list[LifecycleEvent]
    rejected: list[Rejection]
    verdicts: dict[str, str]
    rows_with_events: int
    rows_without_events: int

    @property
    def counts(self) -> dict[str, int]:
        """Events per type, in rank order."""
        found = Counter(event.type for event in self.events)
        return {name: found[name] for name in LIFECYCLE_RANK if found[name]}


def convert_log(log: FileRows, mapping: ReplayMapping, name: str, recorded_at: datetime) -> ConvertedLog:
    """The events of ``log`` under the mapping called ``name``; none happens after ``recorded_at``.

    A row whose events cannot all be made is rejected whole, and the row after it is compared with the one
    before it.
    """
    events: list[LifecycleEvent] = []
    rejected = [*log.rejected]
    verdicts: dict[str, str] = {}
    before: dict[str, Row] = {}
    identical: Counter[str] = Counter()
    with_events = 0
    for row in log.rows:
        complaint_id = derived_id("replay", name, row.complaint)
        last = before.get(row.complaint)
        conversion = _Conversion(row, last.values if last else None, complaint_id, identical[row.digest], recorded_at)
        identical[row.digest] += 1
        try:
            made = conversion.make_events(mapping)
        except ValueError as error:
            rejected.append(Rejection(row.line, str(error)))
            continue
        events += made
        with_events += bool(made)
        before[row.complaint] = row
        if mapping.verdict:
            verdict = row.values[mapping.verdict.column] or ""
            verdicts[complaint_id] = mapping.verdict.values.get(verdict, "unknown")
    events.sort(key=lambda event: (event.occurred_at, event.source_sequence or 0))
    rejected.sort(key=lambda rejection: rejection.line)
    without_events = len(log.rows) + len(log.rejected) - len(rejected) - with_events
    return ConvertedLog(events, rejected, verdicts, with_events, without_events)


@dataclass(frozen=True)
class _Conversion:
    """One row, with the complaint's row ``before`` it, and its place among identical rows."""

    row: Row
    before: Cells | None
    complaint_id: str
    ordinal: int
    recorded_at: datetime

    def make_events(self, mapping: ReplayMapping) -> list[LifecycleEvent]:
        """The row's events. Raises ValueError where one cannot be made.

        An event's id is made of its row, its type and the column of its instant: of several entries that have these
        in common, the first that applies counts.
        """
        chosen: dict[tuple[str, str | None], tuple[int, EventMapping]] = {}
        for place, event in enumerate(mapping.events, start=1):
            if event.applies(self.before, self.row.values, mapping.row.missing):
                chosen.setdefault((event.type, event.occurred_at), (place, event))
        return [self._make_event(event, place, mapping) for place, event in chosen.values()]

    def _make_event(self, event: EventMapping, place: int, mapping: ReplayMapping) -> LifecycleEvent:
        row = self.row
        sources = mapping.complaint if event.type == "complaint_received" else event.fields
        own_instant = () if event.occurred_at is None else (event.occurred_at,)
        try:
            return EVENT_MODELS[event.type].model_validate(
                {
                    "event_id": derived_id(self.complaint_id, row.digest, event.type, str(self.ordinal), *own_instant),
                    "complaint_id": self.complaint_id,
                    "occurred_at": self._read_instant(event, mapping),
                    "recorded_at": self.recorded_at,
                    "source_sequence": row.number * 100 + place,
                    **_read_fields(event.type, sources, row.values, self.before),
                }
            )
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{event.type}: {field}: {first['msg']}") from None

    def _read_instant(self, event: EventMapping, mapping: ReplayMapping) -> datetime:
        if event.occurred_at is None:
            return self.row.occurred_at
        try:
            return read_cell_instant(event.occurred_at, self.row.values, mapping, until=self.recorded_at)
        except ValueError as error:
            raise ValueError(f"{event.type}: {error}") from None


def _read_fields(event_type: str, sources: dict[str, FieldSource], row: Cells, before: Cells | None) -> dict[str, Any]:
    """The event's own fields, nested as the event has them."""
    fields: dict[str, Any] = {}
    incomplete: set[str | None] = set()
    for name, source in sources.items():
        field = find_field(event_type, name)
        value = _read_value(event_type, name, source, field, row, before)
        if value is None:
            incomplete.add(field.group)
            continue
        inner = fields
        for part in field.place[:-1]:
            inner = inner.setdefault(part, {})
        inner[field.place[-1]] = value
    return {field: value for field, value in fields.items() if field not in incomplete}


def _read_value(
    event_type: str, name: str, source: FieldSource, field: EventField, row: Cells, before: Cells | None
) -> Any:
    try:
        text = source.read(row, before)
        if text is not None:
            return field.kind.validate_python(text)
    except ValidationError as error:
        raise ValueError(f"{event_type}: {name}: {error.errors(include_input=False)[0]['msg']}") from None
    except ValueError as error:
        raise ValueError(f"{event_type}: {name}: {error}") from None
    if field.required:
        raise ValueError(f"{event_type}: {name} is missing: column {' and '.join(source.columns)} is empty")
    return None
