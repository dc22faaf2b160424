"""What the monitor makes of a complaint in; a line for each clock and cycle, with how it came about, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from schemas.ids import unpack_id
from services.sla_monitor.domain.alerts.alert_ids import derive_alert_id
from services.sla_monitor.domain.alerts.standing import Alert, Assessment, Standing
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.fold.extension import Extension
from services.sla_monitor.domain.policy.alert_levels import BREACH
from services.sla_monitor.review.intervals import Interval, IntervalKind, clip, intervals_of, length
from services.sla_monitor.review.recorded_events import BeyondYears, Conclusion, cycle_of
from services.sla_monitor.review.remarks import RemarkedEvent
from services.worktime.instants import SECOND, text

KINDS: tuple[IntervalKind, ...] = ("counted", "paused", "closed")


def explain(conclusion: Conclusion, now: int) -> Iterator[dict[str, Any]]:
    """The clocks in the policy's order, each with its cycles in theirs; seconds as of the clock's end, or ``now``.

    A cycle whose deadline no calendar covers has ``error`` in place of its state.
    """
    numbers: Counter[str] = Counter()
    for answer in conclusion.answers:
        cycle = cycle_of(answer)
        numbers[cycle.clock.name] += 1
        yield {
            **_named(conclusion, cycle, numbers[cycle.clock.name], now),
            **({"error": answer.error} if isinstance(answer, BeyondYears) else _described(conclusion, answer, now)),
            **({"extensions": [_extension(*granted) for granted in cycle.extensions]} if cycle.extensions else {}),
            **({"remarks": [_remark(remark) for remark in conclusion.remarks]} if conclusion.remarks else {}),
        }


def _named(conclusion: Conclusion, cycle: ClockCycle, number: int, now: int) -> dict[str, Any]:
    clock = cycle.clock
    return {
        "complaint_id": conclusion.complaint_id,
        "clock": clock.name,
        "cycle": unpack_id(cycle.cycle_id),
        "cycle_number": number,
        "policy": clock.policy,
        "policy_version": clock.policy_version,
        "calendar_version": clock.calendar_version,
        "owner": clock.contacts[BREACH].owner,
        "queue": conclusion.complaint.queue_at(now if cycle.ended is None else cycle.ended),
        "target": clock.target.text,
    }


def _described(conclusion: Conclusion, assessment: Assessment, now: int) -> dict[str, Any]:
    standing, cycle = assessment.standing, assessment.standing.cycle
    all_intervals = intervals_of(cycle, now)
    totals = {kind: length(all_intervals, kind) / SECOND for kind in KINDS}
    return {
        "state": standing.state,
        "reason": standing.reason,
        "started_at": _text(cycle.started),
        "ended_at": _text(cycle.ended),
        "due_at": _text(standing.due),
        "remaining_seconds": _remaining(standing, now),
        "worked_seconds": totals["counted"],
        "overrun_seconds": _overrun(standing, all_intervals, now),
        "intervals": [_interval(interval) for interval in all_intervals],
        "totals": totals,
        "alerts": [_alert(alert, conclusion.complaint_id) for alert in assessment.alerts],
    }


def _remaining(standing: Standing, now: int) -> float | None:
    """What a clock that runs or is paused has left to count."""
    if standing.remaining is not None:
        return standing.remaining / SECOND
    if standing.state != "running" or standing.due is None:
        return None
    clock = standing.cycle.clock
    return max(0, clock.calendar.counted(now, standing.due, clock.target)) / SECOND


def _overrun(standing: Standing, all_intervals: list[Interval], now: int) -> float | None:
    """What a clock counted after it was due: until it ended, or so far."""
    if standing.overrun is not None:
        return standing.overrun / SECOND
    if standing.state != "breached" or standing.due is None:
        return None
    return length(clip(all_intervals, standing.due, now), "counted") / SECOND


def _interval(interval: Interval) -> dict[str, Any]:
    said: dict[str, Any] = {
        "from": _text(interval.start),
        "until": _text(interval.end),
        "kind": interval.kind,
        "seconds": interval.length / SECOND,
    }
    if interval.pause is not None:
        said["reason"] = interval.pause.reason
        if interval.pause.agent is not None:
            said["agent_id"] = interval.pause.agent
    return said


def _alert(alert: Alert, complaint_id: str) -> dict[str, Any]:
    return {
        "alert_id": derive_alert_id(complaint_id, alert.key),
        "threshold": alert.threshold,
        "level": alert.level,
        "at": _text(alert.at),
        "due_at": _text(alert.due),
        **alert.cycle.clock.contacts[alert.threshold]._asdict(),
    }


def _extension(granted: int, extension: Extension) -> dict[str, Any]:
    return {
        "granted_at": _text(granted),
        "until": _text(extension.until),
        "by": None if extension.by is None else extension.by.text,
    }


def _remark(remarked: RemarkedEvent) -> dict[str, Any]:
    return {
        "event_id": unpack_id(remarked.event.event_id),
        "type": remarked.type,
        "occurred_at": _text(remarked.event.occurred),
        "remark": remarked.remark,
    }


def _text(when: int | None) -> str | None:
    return None if when is None else text(when)
