"""Events for the views' tests, and every way in which a reader may meet the records of a topic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from schemas.derived import (
    ClockStatus,
    FeedbackSummary,
    QueueItem,
    SlaAlertWithdrawn,
    SlaBreached,
    SlaClocksChanged,
    SlaClockStopped,
    SlaWarning,
)
from schemas.ids import derived_id

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CYCLE = derived_id("cycle")

Record = tuple[str, Any]
"""A key, and an event or None."""


def readings(logs: Sequence[Sequence[Record]]) -> st.SearchStrategy[list[Record]]:
    """The partitions' records mixed in any way, each partition's in its order; the reader may go back at any time."""

    @st.composite
    def reading(draw: st.DrawFn) -> list[Record]:
        positions = [0] * len(logs)
        read: list[Record] = []
        for _ in range(draw(st.integers(0, 12))):
            place = draw(st.integers(0, len(logs) - 1))
            end = draw(st.integers(positions[place], len(logs[place])))
            read += logs[place][positions[place] : end]
            positions[place] = draw(st.integers(0, end) | st.just(end))
        for place in draw(st.permutations(range(len(logs)))):
            read += logs[place][positions[place] :]
        return read

    return reading()


def add_all(view: Any, records: Sequence[Record]) -> Any:
    for key, event in records:
        view.add(key, event)
    return view


def in_one_go(logs: Sequence[Sequence[Record]]) -> Iterator[Record]:
    for log in logs:
        yield from log


def derived(*what: str, complaint: str | None = "one") -> dict[str, Any]:
    """What every derived event carries."""
    return {
        "event_id": derived_id(*what),
        "cause_event_id": derived_id("cause"),
        "occurred_at": NOON,
        "recorded_at": NOON,
        **({} if complaint is None else {"complaint_id": derived_id(complaint)}),
    }


def alert_id(complaint: str, clock: str, threshold: int) -> str:
    return derived_id(complaint, clock, CYCLE, str(threshold))


def alert(
    threshold: int, revision: int = 1, *, complaint: str = "one", clock: str = "resolution"
) -> SlaWarning | SlaBreached:
    kind = SlaBreached if threshold == 100 else SlaWarning
    return kind(
        **derived(complaint, clock, str(threshold), str(revision), complaint=complaint),
        alert_id=alert_id(complaint, clock, threshold), revision=revision, clock=clock, cycle=CYCLE,
        threshold=threshold, level="high", policy="p", policy_version="1", calendar_version="1", owner="o",
        runbook="r", started_at=NOON, due_at=NOON + timedelta(hours=1), worked_seconds=0.0, paused_seconds=0.0,
        closed_seconds=0.0, pauses=0, retroactive=False, lag_seconds=0.0,
    )  # fmt: skip


def withdrawal(
    threshold: int, revision: int, *, complaint: str = "one", clock: str = "resolution"
) -> SlaAlertWithdrawn:
    return SlaAlertWithdrawn(
        **derived(complaint, clock, str(threshold), str(revision), "withdrawn", complaint=complaint),
        alert_id=alert_id(complaint, clock, threshold), revision=revision, reason="due_later",
    )  # fmt: skip


def stop(
    *thresholds: int, complaint: str = "one", clock: str = "resolution", reason: str = "complaint_resolved"
) -> SlaClockStopped:
    return SlaClockStopped(
        **derived(complaint, clock, str(thresholds), reason, complaint=complaint),
        clock=clock, cycle=CYCLE, reason=reason, alert_ids=tuple(alert_id(complaint, clock, one) for one in thresholds),
    )  # fmt: skip


def item(complaint: str, state: str = "waiting", name: str = "") -> QueueItem:
    return QueueItem(
        **derived("item", complaint, state, name, complaint=complaint), queue="billing", priority=1, channel="web",
        entered_at=NOON, state=state,
    )  # fmt: skip


def status(
    clock: str, state: str, *, due_at: datetime | None = None, overrun_seconds: float | None = None
) -> ClockStatus:
    return ClockStatus(
        clock=clock, cycle=CYCLE, policy="p", policy_version="1", calendar_version="1", state=state, due_at=due_at,
        worked_seconds=0.0, overrun_seconds=overrun_seconds,
    )  # fmt: skip


def clocks_changed(complaint: str, *statuses: ClockStatus) -> SlaClocksChanged:
    what = [f"{one.clock} {one.state} {one.due_at}" for one in statuses]
    return SlaClocksChanged(**derived("clocks", complaint, *what, complaint=complaint), clocks=tuple(statuses))


def summary(value: str, counts: dict[str, int], *, hours: int = 1, dimension: str = "queue") -> FeedbackSummary:
    return FeedbackSummary(
        **derived("summary", dimension, value, str(counts), str(hours), complaint=None), metric="csat",
        dimension=dimension, value=value, window_start=NOON, window_end=NOON + timedelta(hours=hours), revision=1,
        counts=counts, n=counts.get("n", 0), score=None, low=None, high=None,
    )  # fmt: skip
