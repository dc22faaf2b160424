"""A clock, and what an alert of it shares with others, in; the form that only what is its own is filled into, out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from schemas.derived import ClockStatus, SlaBreached, SlaClocksChanged, SlaWarning
from schemas.primitives import AlertLevel
from schemas.rendering import Form
from services.sla_monitor.domain.policy.clock import Clock
from services.worktime.instants import instant

FORMS = 4_096
"""Forms that are kept: of each clock one for each threshold and queue; some KiB each."""
AN_ID = "00000000-0000-5000-8000-000000000000"
AN_INSTANT = instant(0)
EVENT: dict[str, Any] = {
    "event_id": AN_ID,
    "occurred_at": AN_INSTANT,
    "recorded_at": AN_INSTANT,
    "cause_event_id": AN_ID,
    "complaint_id": AN_ID,
}
CLOCKS_FORM = Form(SlaClocksChanged, {}, EVENT | {"clocks": ()})


def _clock_fields(clock: Clock) -> dict[str, Any]:
    return {
        "clock": clock.name,
        "policy": clock.policy,
        "policy_version": clock.policy_version,
        "calendar_version": clock.calendar_version,
    }


@lru_cache(maxsize=FORMS)
def status_form(clock: Clock) -> Form:
    """Of one clock among those of a SlaClocksChanged; its own come in the order of ClockStatus."""
    own = {
        "cycle": AN_ID,
        "state": "running",
        "reason": None,
        "due_at": None,
        "remaining_seconds": None,
        "worked_seconds": 0.0,
        "overrun_seconds": None,
    }
    return Form(ClockStatus, _clock_fields(clock), own)


@lru_cache(maxsize=FORMS)
def alert_form(
    kind: type[SlaWarning | SlaBreached], clock: Clock, threshold: int, level: AlertLevel, queue: str | None
) -> Form:
    """Of a warning or a breach; its own come in the order of SlaAlert."""
    shared = {
        "threshold": threshold,
        "level": level,
        "queue": queue,
        **clock.contacts[threshold]._asdict(),
    }
    own = EVENT | {
        "alert_id": AN_ID,
        "revision": 1,
        "cycle": AN_ID,
        "started_at": AN_INSTANT,
        "due_at": AN_INSTANT,
        "worked_seconds": 0.0,
        "paused_seconds": 0.0,
        "closed_seconds": 0.0,
        "pauses": 0,
        "retroactive": False,
        "lag_seconds": 0.0,
    }
    return Form(kind, _clock_fields(clock) | shared, own)
