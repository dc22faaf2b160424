"""The dimension stage: signed counts and the time go in; the summary of each window comes out. It only adds.

A summary's id, cause and instant come from its window and its counts alone, so that all orders of the same answers
end in the same last summary, its revision left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from schemas.derived import DimensionCounted, FeedbackSummary
from schemas.ids import derived_id
from services.feedback.domain.invalid_event import InvalidEvent
from services.feedback.domain.scores import compute_share
from services.feedback.domain.window import Window, WindowKey

KEPT_WHEN_CLOSED = timedelta(days=30)
"""How long after its closing a window can still be corrected."""

MAX_COUNT = 2**53 - 1

UpdateReason = Literal["counted", "corrected", "too_late"]
SummaryReason = Literal["published", "emptied", "unchanged"]


@dataclass(frozen=True, slots=True)
class WindowUpdate:
    """``counted`` while the window is open, ``corrected`` when it has closed, ``too_late`` when it is forgotten."""

    reason: UpdateReason
    window: Window


@dataclass(frozen=True, slots=True)
class SummaryUpdate:
    """``published`` comes with a summary; ``emptied`` asks for a tombstone; ``unchanged`` for nothing."""

    reason: SummaryReason
    window: Window
    summary: FeedbackSummary | None = None


def find_expiry(key: WindowKey, lateness: timedelta) -> datetime:
    """When a window leaves the table: KEPT_WHEN_CLOSED after it closed, at its end plus ``lateness``."""
    return key.end + lateness + KEPT_WHEN_CLOSED


def add_counts(window: Window | None, event: DimensionCounted, now: datetime, lateness: timedelta) -> WindowUpdate:
    """Add the signed counts of ``event``. A window that was forgotten is not begun again: its sums would be wrong.

    Raises InvalidEvent when a sum leaves the integers that JSON can hold.
    """
    key = WindowKey.of(event)
    if window is None:
        window = Window(key)
        if now >= find_expiry(key, lateness):
            return WindowUpdate("too_late", window)
    totals = Counter(window.counts)
    totals.update(event.counts)
    counts = {name: totals[name] for name in sorted(totals) if totals[name]}
    if any(abs(count) > MAX_COUNT for count in counts.values()):
        raise InvalidEvent("count_out_of_range", "/counts: the sum is beyond what JSON can hold")
    reason: UpdateReason = "corrected" if now >= key.end + lateness else "counted"
    return WindowUpdate(reason, replace(window, counts=counts))


def summarise(window: Window, recorded_at: datetime) -> SummaryUpdate:
    """The summary of the sums as they are now, unless it stands already; none where nothing is left to tell."""
    if not window.counts:
        if window.summary_id is None:
            return SummaryUpdate("unchanged", window)
        return SummaryUpdate("emptied", replace(window, summary_id=None))
    summary = _make_summary(window, recorded_at)
    if summary.event_id == window.summary_id:
        return SummaryUpdate("unchanged", window)
    published = replace(window, revision=summary.revision, summary_id=summary.event_id)
    return SummaryUpdate("published", published, summary)


def _make_summary(window: Window, recorded_at: datetime) -> FeedbackSummary:
    key, share = window.key, compute_share(window.counts)
    content = ",".join(f"{name}={count}" for name, count in window.counts.items())
    window_id = derived_id(key.metric, key.text, "window")
    return FeedbackSummary(
        event_id=derived_id(window_id, content),
        occurred_at=key.start,
        recorded_at=recorded_at,
        cause_event_id=window_id,
        metric=key.metric,
        dimension=key.dimension,
        value=key.value,
        window_start=key.start,
        window_end=key.end,
        revision=window.revision + 1,
        counts=dict(window.counts),
        n=share.n,
        score=share.score,
        low=share.low,
        high=share.high,
    )
