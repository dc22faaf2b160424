"""From how clocks stand to the events that say so, with their ids, and the digests by which a change is seen.

No id and no digest contains when something was recorded or how late, so a replay writes the same ids again.
"""

from __future__ import annotations

from hashlib import sha1
from struct import Struct
from typing import NamedTuple

from schemas.derived import (
    ClockState,
    SlaAlertWithdrawn,
    SlaBreached,
    SlaClockStopped,
    SlaWarning,
)
from schemas.ids import derived_id
from schemas.primitives import AlertLevel
from schemas.rendering import Rendered
from services.sla_monitor.domain.assessment import Alert, Standing
from services.sla_monitor.domain.entries import identifier_text
from services.sla_monitor.domain.forms import CLOCKS_FORM, alert_form, status_form
from services.sla_monitor.domain.policies import BREACH
from services.sla_monitor.domain.rows import AlertKey, StopKey
from services.worktime.instants import SECOND, instant, text

STATUS = Struct(">Bqqqq")
ALERT = Struct(">HqqqqqqH?")
TYPES: dict[type, str] = {kind: kind.model_fields["type"].default for kind in (SlaWarning, SlaBreached)}
STATES: dict[ClockState, int] = {"running": 0, "paused": 1, "stopped": 2, "breached": 3, "cancelled": 4}


class Cause(NamedTuple):
    """What made the monitor look: an event, or the due instant of one."""

    event_id: str
    occurred: int


class Fired(NamedTuple):
    """A warning or a breach, and what of it is counted."""

    event: Rendered
    clock: str
    level: AlertLevel
    lag_seconds: float


class Messages:
    """Writes the events of one complaint. ``recorded`` is the wall clock in microseconds since 1970."""

    def __init__(self, complaint_id: str, recorded: int) -> None:
        self._complaint_id = complaint_id
        self._recorded = recorded

    def alert(self, alert: Alert, revision: int, digest: bytes) -> Fired:
        """A warning or a breach, caused by the event that started the clock. ``digest`` is of what it says."""
        run = alert.run
        cycle = identifier_text(run.cycle)
        alert_id = derived_id(self._complaint_id, run.clock.name, cycle, str(alert.threshold))
        event_id = derived_id(alert_id, str(revision), digest.hex())
        occurred_at = text(alert.at)
        lag = max(0, self._recorded - alert.at) / SECOND
        kind = SlaBreached if alert.threshold == BREACH else SlaWarning
        value = alert_form(kind, run.clock, alert.threshold, alert.level, alert.queue).filled(
            event_id,
            occurred_at,
            text(self._recorded),
            cycle,
            self._complaint_id,
            alert_id,
            revision,
            cycle,
            text(run.started),
            text(alert.due),
            alert.worked / SECOND,
            alert.paused / SECOND,
            alert.closed / SECOND,
            alert.pauses,
            "true" if alert.retroactive else "false",
            lag,
        )
        return Fired(Rendered(event_id, TYPES[kind], occurred_at, value), run.clock.name, alert.level, lag)

    def withdrawal(self, key: AlertKey, revision: int, reason: str, cause: Cause) -> SlaAlertWithdrawn:
        """It never happened."""
        alert_id = self.alert_id(key)
        return SlaAlertWithdrawn(
            event_id=derived_id(alert_id, str(revision), _digest((reason, *cause)).hex()),
            occurred_at=instant(cause.occurred),
            recorded_at=instant(self._recorded),
            cause_event_id=cause.event_id,
            complaint_id=self._complaint_id,
            alert_id=alert_id,
            revision=revision,
            reason=reason,
        )

    def stop(self, key: StopKey, stop: Stop, number: int) -> SlaClockStopped:
        """A clock with standing alerts has ended, for the ``number``-th time that this is said of it."""
        cycle = identifier_text(key.cycle)
        digest = stop_digest(stop).hex()
        return SlaClockStopped(
            event_id=derived_id(self._complaint_id, "sla_clock_stopped", key.clock, cycle, str(number), digest),
            occurred_at=instant(stop.cause.occurred),
            recorded_at=instant(self._recorded),
            cause_event_id=stop.cause.event_id,
            complaint_id=self._complaint_id,
            clock=key.clock,
            cycle=cycle,
            reason=stop.reason,
            overrun_seconds=_seconds(stop.overrun),
            alert_ids=tuple(self.alert_id(alert) for alert in stop.alerts),
        )

    def clocks(self, standings: list[Standing], digest: bytes, cause: Cause) -> Rendered:
        """All clocks as they stand."""
        said = (cause.event_id, str(cause.occurred), digest.hex())
        event_id = derived_id(self._complaint_id, "sla_clocks_changed", *said)
        occurred_at = text(cause.occurred)
        statuses = ",".join([_status(standing) for standing in standings])
        value = CLOCKS_FORM.filled(
            event_id, occurred_at, text(self._recorded), cause.event_id, self._complaint_id, f"[{statuses}]"
        )
        return Rendered(event_id, "sla_clocks_changed", occurred_at, value)

    def alert_id(self, key: AlertKey) -> str:
        """The id of an alert in all its revisions."""
        return derived_id(self._complaint_id, key.clock, identifier_text(key.cycle), str(key.threshold))


class Stop(NamedTuple):
    """What is said of a clock's end; ``alerts`` are those that stand."""

    reason: str
    overrun: int | None
    cause: Cause
    alerts: tuple[AlertKey, ...]


def alert_digest(alert: Alert) -> bytes:
    """Of what an alert says, but for when it was recorded and how late."""
    run = alert.run
    said = ALERT.pack(
        alert.threshold,
        alert.at,
        alert.due,
        alert.worked,
        alert.paused,
        alert.closed,
        run.started,
        alert.pauses,
        alert.retroactive,
    )
    owner, runbook = run.clock.contacts[alert.threshold]
    said += f"{alert.level}\0{alert.queue}\0{owner}\0{runbook}".encode()
    return sha1(run.clock.identity + said, usedforsecurity=False).digest()


def stop_digest(stop: Stop) -> bytes:
    """Of what is said of a clock's end."""
    return _digest(tuple(stop))


def clocks_digest(standings: list[Standing]) -> bytes:
    """Of how all clocks stand."""
    return sha1(b"".join([_status_content(standing) for standing in standings]), usedforsecurity=False).digest()


def _digest(content: tuple[object, ...]) -> bytes:
    return sha1(repr(content).encode(), usedforsecurity=False).digest()


def _status_content(standing: Standing) -> bytes:
    clock, remaining, overrun = standing.run.clock, _or(standing.remaining), _or(standing.overrun)
    status = STATUS.pack(STATES[standing.state], standing.due or 0, remaining, standing.worked, overrun)
    return clock.identity + standing.run.cycle + status


def _status(standing: Standing) -> str:
    due, remaining, overrun = standing.due, standing.remaining, standing.overrun
    return status_form(standing.run.clock).text(
        identifier_text(standing.run.cycle),
        standing.state,
        "null" if due is None else f'"{text(due)}"',
        "null" if remaining is None else remaining / SECOND,
        standing.worked / SECOND,
        "null" if overrun is None else overrun / SECOND,
    )


def _or(microseconds: int | None) -> int:
    """A number for none that no count has."""
    return -1 if microseconds is None else microseconds


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / SECOND
