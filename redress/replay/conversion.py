"""From the rows of a log to lifecycle events; the same rows always get the same ids; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from redress.replay.event_fields import EVENT_MODELS, EventField, find_field
from redress.replay.mapping import EventMapping, FieldSource, ReplayMapping
from redress.replay.rows import Rejection, Row
from schemas.events import LIFECYCLE_RANK, LifecycleEvent
from schemas.ids import derived_id


@dataclass(frozen=True)
class ConvertedLog:
    """A log as lifecycle events, in the order they happened, with its rejected rows and its own verdicts.

    ``verdicts`` are by complaint_id, from its last row: kept, missed, or unknown; none if the mapping names
    no column for them.
    """

    events: list[LifecycleEvent]
    rejected: list[Rejection]
    verdicts: dict[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """Events per type, in rank order."""
        found = Counter(event.type for event in self.events)
        return {name: found[name] for name in LIFECYCLE_RANK if found[name]}


def convert_log(rows: Iterable[Row], mapping: ReplayMapping, name: str, recorded_at: datetime) -> ConvertedLog:
    """The events of ``rows`` (sorted) under the mapping called ``name``.

    A row whose events cannot all be made is rejected whole, and the row after it is compared with the one
    before it.
    """
    events: list[LifecycleEvent] = []
    rejected: list[Rejection] = []
    verdicts: dict[str, str] = {}
    before: dict[str, Row] = {}
    identical: Counter[str] = Counter()
    for row in rows:
        complaint_id = derived_id("replay", name, row.complaint)
        ordinal = identical[row.digest]
        identical[row.digest] += 1
        try:
            made = [
                _make_event(row, event, place, complaint_id, ordinal, mapping, recorded_at)
                for place, event in _choose_events(row, before.get(row.complaint), mapping)
            ]
        except ValueError as error:
            rejected.append(Rejection(row.line, str(error)))
            continue
        events += made
        before[row.complaint] = row
        if mapping.verdict:
            verdict = row.values[mapping.verdict.column] or ""
            verdicts[complaint_id] = mapping.verdict.values.get(verdict, "unknown")
    events.sort(key=lambda event: (event.occurred_at, event.source_sequence or 0))
    return ConvertedLog(events, rejected, verdicts)


def _choose_events(row: Row, before: Row | None, mapping: ReplayMapping) -> list[tuple[int, EventMapping]]:
    """The events that the row makes, each with its place in the mapping.

    An event's id is made of its row and its type: of several entries with one type, the first that applies counts.
    """
    earlier = before.values if before else None
    chosen: dict[str, tuple[int, EventMapping]] = {}
    for place, event in enumerate(mapping.events, start=1):
        if event.when.applies(earlier, row.values, mapping.row.missing):
            chosen.setdefault(event.type, (place, event))
    return list(chosen.values())


def _make_event(
    row: Row,
    event: EventMapping,
    place: int,
    complaint_id: str,
    ordinal: int,
    mapping: ReplayMapping,
    recorded_at: datetime,
) -> LifecycleEvent:
    sources = mapping.complaint if event.type == "complaint_received" else event.fields
    try:
        return EVENT_MODELS[event.type].model_validate(
            {
                "event_id": derived_id(complaint_id, row.digest, event.type, str(ordinal)),
                "complaint_id": complaint_id,
                "occurred_at": row.occurred_at,
                "recorded_at": recorded_at,
                "source_sequence": row.number * 100 + place,
                **_read_fields(event.type, sources, row),
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{event.type}: {field}: {first['msg']}") from None


def _read_fields(event_type: str, sources: dict[str, FieldSource], row: Row) -> dict[str, Any]:
    """The event's own fields, nested as the event has them."""
    fields: dict[str, Any] = {}
    incomplete: set[str | None] = set()
    for name, source in sources.items():
        field = find_field(event_type, name)
        value = _read_value(event_type, name, source, field, row)
        if value is None:
            incomplete.add(field.group)
            continue
        inner = fields
        for part in field.place[:-1]:
            inner = inner.setdefault(part, {})
        inner[field.place[-1]] = value
    return {field: value for field, value in fields.items() if field not in incomplete}


def _read_value(event_type: str, name: str, source: FieldSource, field: EventField, row: Row) -> Any:
    try:
        text = source.read(row.values)
        if text is not None:
            return field.kind.validate_python(text)
    except ValidationError as error:
        raise ValueError(f"{event_type}: {name}: {error.errors(include_input=False)[0]['msg']}") from None
    except ValueError as error:
        raise ValueError(f"{event_type}: {name}: {error}") from None
    if field.required:
        raise ValueError(f"{event_type}: {name} is missing: column {source.column} is empty")
    return None
