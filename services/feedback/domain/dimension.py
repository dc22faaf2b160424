"""The dimension stage: signed counts and the time go in; the summary of each window comes out. It only adds.

A summary's id, cause and instant come from its window and its counts alone, so that all orders of the same answers
end in the same last summary, its revision left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from schemas.derived import DimensionCounted, FeedbackSummary
from schemas.ids import derived_id
from services.feedback.domain.cells import Cell
from services.feedback.domain.entries import Refused
from services.feedback.domain.scores import share_of

KEPT_WHEN_CLOSED = timedelta(days=30)
"""How long after its closing a window can still be corrected."""

MAX_COUNT = 2**53 - 1

AddReason = Literal["counted", "corrected", "too_late"]
SummaryReason = Literal["published", "emptied", "unchanged"]


@dataclass(frozen=True, slots=True)
class Tally:
    """A window as stored: its sums, without zeros, and the event_id of the summary that stands for it, if any."""

    cell: Cell
    counts: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0
    standing: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """``counted`` while the window is open, ``corrected`` when it has closed, ``too_late`` when it is forgotten."""

    reason: AddReason
    tally: Tally


@dataclass(frozen=True, slots=True)
class Summarised:
    """``published`` comes with a summary; ``emptied`` asks for a tombstone; ``unchanged`` for nothing."""

    reason: SummaryReason
    tally: Tally
    summary: FeedbackSummary | None = None


def forgotten_at(cell: Cell, lateness: timedelta) -> datetime:
    """When a window leaves the table: KEPT_WHEN_CLOSED after it closed, at its end plus ``lateness``."""
    return cell.end + lateness + KEPT_WHEN_CLOSED


def add(tally: Tally | None, event: DimensionCounted, now: datetime, lateness: timedelta) -> Added:
    """Add the signed counts of ``event``. A window that was forgotten is not begun again: its sums would be wrong.

    Raises Refused when a sum leaves the integers that JSON can hold.
    """
    cell = Cell.of(event)
    if tally is None:
        tally = Tally(cell)
        if now >= forgotten_at(cell, lateness):
            return Added("too_late", tally)
    totals = Counter(tally.counts)
    totals.update(event.counts)
    counts = {name: totals[name] for name in sorted(totals) if totals[name]}
    if any(abs(count) > MAX_COUNT for count in counts.values()):
        raise Refused("count_out_of_range", "/counts: the sum is beyond what JSON can hold")
    reason: AddReason = "corrected" if now >= cell.end + lateness else "counted"
    return Added(reason, replace(tally, counts=counts))


def summarise(tally: Tally, recorded_at: datetime) -> Summarised:
    """The summary of the sums as they are now, unless it stands already; none where nothing is left to tell."""
    if not tally.counts:
        if tally.standing is None:
            return Summarised("unchanged", tally)
        return Summarised("emptied", replace(tally, standing=None))
    summary = _summary(tally, recorded_at)
    if summary.event_id == tally.standing:
        return Summarised("unchanged", tally)
    published = replace(tally, revision=summary.revision, standing=summary.event_id)
    return Summarised("published", published, summary)


def _summary(tally: Tally, recorded_at: datetime) -> FeedbackSummary:
    cell, share = tally.cell, share_of(tally.counts)
    content = ",".join(f"{name}={count}" for name, count in tally.counts.items())
    window_id = derived_id(cell.metric, cell.key, "window")
    return FeedbackSummary(
        event_id=derived_id(window_id, content),
        occurred_at=cell.start,
        recorded_at=recorded_at,
        cause_event_id=window_id,
        metric=cell.metric,
        dimension=cell.dimension,
        value=cell.value,
        window_start=cell.start,
        window_end=cell.end,
        revision=tally.revision + 1,
        counts=dict(tally.counts),
        n=share.n,
        score=share.score,
        low=share.low,
        high=share.high,
    )
