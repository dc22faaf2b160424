"""Cells: an answer and who it judges go in; the dimensions and windows in which it counts come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from schemas.derived import Attribution, DimensionCounted
from schemas.ids import derived_id
from schemas.primitives import Event, SurveyMetric
from services.feedback.domain.entries import Entry
from services.feedback.domain.rules import Rules
from services.feedback.domain.scores import counts_of
from services.worktime.instants import instant


class Cell(NamedTuple):
    """One window of one value of one dimension. Start and end are in UTC."""

    metric: SurveyMetric
    dimension: str
    value: str
    start: datetime
    end: datetime

    @classmethod
    def of(cls, event: DimensionCounted) -> Cell:
        """The window whose counts ``event`` changes."""
        return cls(event.metric, event.dimension, event.value, event.window_start, event.window_end)

    @property
    def key(self) -> str:
        """The Kafka key: dimension, value, window."""
        return f"{self.dimension}|{self.value}|{self.start.isoformat()}/{self.end.isoformat()}"


class Counted(NamedTuple):
    """A score where it counts."""

    cell: Cell
    score: int


def dimensions(attribution: Attribution) -> dict[str, str]:
    """The value of each dimension an answer counts in; one that is not known does not count."""
    return {"all": "all"} | ({"queue": attribution.queue} if attribution.queue else {})


def counted(answer: Entry, attribution: Attribution, rules: Rules) -> Iterable[Counted]:
    """Where ``answer`` counts: every dimension, in the window of every width that holds the answer's instant."""
    at = instant(answer.occurred_at)
    for dimension, value in dimensions(attribution).items():
        for width in rules.widths:
            yield Counted(Cell(rules.metric, dimension, value, *width.window(at, rules.zone)), answer.number)


def changes(
    before: tuple[Counted, ...], after: tuple[Counted, ...], cause: Event, recorded_at: datetime
) -> tuple[DimensionCounted, ...]:
    """The signed counts that lead from ``before`` to ``after``, one event a cell; what stays the same is left out."""
    if before == after:
        return ()
    totals: dict[Cell, Counter[str]] = {}
    for sign, standing in ((-1, before), (1, after)):
        for cell, score in standing:
            total = totals.setdefault(cell, Counter())
            for name, count in counts_of(score).items():
                total[name] += sign * count
    found = ((cell, {name: total[name] for name in sorted(total) if total[name]}) for cell, total in totals.items())
    return tuple(_event(cell, counts, cause, recorded_at) for cell, counts in sorted(found) if counts)


def _event(cell: Cell, counts: dict[str, int], cause: Event, recorded_at: datetime) -> DimensionCounted:
    content = ",".join(f"{name}={count}" for name, count in counts.items())
    return DimensionCounted(
        event_id=derived_id(cause.event_id, cell.metric, cell.key, content),
        occurred_at=cause.occurred_at,
        recorded_at=recorded_at,
        cause_event_id=cause.event_id,
        metric=cell.metric,
        dimension=cell.dimension,
        value=cell.value,
        window_start=cell.start,
        window_end=cell.end,
        counts=counts,
    )
