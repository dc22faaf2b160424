"""From rows to lifecycle events with ids that the same rows always get; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from redress.replay.mapping import EventMapping, FieldSource, ReplayMapping
from redress.replay.rows import Rejection, Row
from redress.replay.targets import EVENT_MODELS, Target, target_of
from schemas.events import LIFECYCLE_RANK, LifecycleEvent
from schemas.ids import derived_id


@dataclass(frozen=True)
class History:
    """What a log says: events in the order they happened, rows that say nothing, and its own verdicts.

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


def history(rows: Iterable[Row], mapping: ReplayMapping, name: str, recorded_at: datetime) -> History:
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
                _event(row, said, place, complaint_id, ordinal, mapping, recorded_at)
                for place, said in _occasions(row, before.get(row.complaint), mapping)
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
    return History(events, rejected, verdicts)


def _occasions(row: Row, before: Row | None, mapping: ReplayMapping) -> list[tuple[int, EventMapping]]:
    """What the row says, with its place in the mapping.

    An event's id is made of its row and its type: of entries with one type, the first that fits speaks.
    """
    earlier = before.values if before else None
    said: dict[str, tuple[int, EventMapping]] = {}
    for place, event in enumerate(mapping.events, start=1):
        if event.when.happened(earlier, row.values, mapping.row.missing):
            said.setdefault(event.type, (place, event))
    return list(said.values())


def _event(
    row: Row,
    said: EventMapping,
    place: int,
    complaint_id: str,
    ordinal: int,
    mapping: ReplayMapping,
    recorded_at: datetime,
) -> LifecycleEvent:
    sources = mapping.complaint if said.type == "complaint_received" else said.fields
    try:
        return EVENT_MODELS[said.type].model_validate(
            {
                "event_id": derived_id(complaint_id, row.digest, said.type, str(ordinal)),
                "complaint_id": complaint_id,
                "occurred_at": row.occurred_at,
                "recorded_at": recorded_at,
                "source_sequence": row.number * 100 + place,
                **_fields(said.type, sources, row),
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{said.type}: {field}: {first['msg']}") from None


def _fields(event_type: str, sources: dict[str, FieldSource], row: Row) -> dict[str, Any]:
    """The event's own fields, nested as the event has them."""
    fields: dict[str, Any] = {}
    incomplete: set[str | None] = set()
    for name, source in sources.items():
        target = target_of(event_type, name)
        value = _value(event_type, name, source, target, row)
        if value is None:
            incomplete.add(target.group)
            continue
        inner = fields
        for part in target.place[:-1]:
            inner = inner.setdefault(part, {})
        inner[target.place[-1]] = value
    return {field: value for field, value in fields.items() if field not in incomplete}


def _value(event_type: str, name: str, source: FieldSource, target: Target, row: Row) -> Any:
    try:
        text = source.text(row.values)
        if text is not None:
            return target.kind.validate_python(text)
    except ValidationError as error:
        raise ValueError(f"{event_type}: {name}: {error.errors(include_input=False)[0]['msg']}") from None
    except ValueError as error:
        raise ValueError(f"{event_type}: {name}: {error}") from None
    if target.required:
        raise ValueError(f"{event_type}: {name} is missing: column {source.column} is empty")
    return None
