"""From how clocks stand to the events that say so, with their ids, and the digests by which a change is seen.

No id and no digest contains when something was recorded or how late, so a replay writes the same ids again.
"""

from __future__ import annotations

from hashlib import sha1
from struct import Struct
from typing import NamedTuple

from schemas.derived import (
    ClockState,
    SlaAlert,
    SlaAlertWithdrawn,
    SlaBreached,
    SlaClocksChanged,
    SlaClockStopped,
    SlaWarning,
)
from schemas.ids import derived_id
from services.sla_monitor.domain.assessment import BREACH, Alert, Standing
from services.sla_monitor.domain.entries import identifier_text
from services.sla_monitor.domain.rows import AlertKey, StopKey
from services.worktime.instants import SECOND, instant

STATUS = Struct(">Bqqqq")
STATES: dict[ClockState, int] = {"running": 0, "paused": 1, "stopped": 2, "breached": 3, "cancelled": 4}


class Cause(NamedTuple):
    """What made the monitor look: an event, or the due instant of one."""

    event_id: str
    occurred: int


class Messages:
    """Writes the events of one complaint. ``recorded`` is the wall clock in microseconds since 1970."""

    def __init__(self, complaint_id: str, recorded: int) -> None:
        self._complaint_id = complaint_id
        self._recorded = recorded

    def alert(self, key: AlertKey, alert: Alert, revision: int) -> SlaAlert:
        """A warning or a breach, caused by the event that started the clock."""
        clock = alert.run.clock
        alert_id = self.alert_id(key)
        cycle = identifier_text(key.cycle)
        kind = SlaBreached if key.threshold == BREACH else SlaWarning
        return kind(
            event_id=derived_id(alert_id, str(revision), alert_digest(alert).hex()),
            occurred_at=instant(alert.at),
            recorded_at=instant(self._recorded),
            cause_event_id=cycle,
            complaint_id=self._complaint_id,
            alert_id=alert_id,
            revision=revision,
            clock=key.clock,
            cycle=cycle,
            threshold=key.threshold,
            level=alert.level,
            policy=clock.policy,
            policy_version=clock.policy_version,
            calendar_version=clock.calendar_version,
            queue=alert.queue,
            owner=clock.owner,
            runbook=clock.runbook,
            started_at=instant(alert.run.started),
            due_at=instant(alert.due),
            worked_seconds=alert.worked / SECOND,
            paused_seconds=alert.paused / SECOND,
            closed_seconds=alert.closed / SECOND,
            retroactive=alert.retroactive,
            lag_seconds=max(0, self._recorded - alert.at) / SECOND,
        )

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

    def clocks(self, standings: list[Standing], digest: bytes, cause: Cause) -> SlaClocksChanged:
        """All clocks as they stand."""
        said = (cause.event_id, str(cause.occurred), digest.hex())
        return SlaClocksChanged(
            event_id=derived_id(self._complaint_id, "sla_clocks_changed", *said),
            occurred_at=instant(cause.occurred),
            recorded_at=instant(self._recorded),
            cause_event_id=cause.event_id,
            complaint_id=self._complaint_id,
            clocks=tuple(_status(standing) for standing in standings),
        )

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
    clock = alert.run.clock
    return _digest((alert[1:], alert.run.started, clock.identity, clock.owner, clock.runbook))


def stop_digest(stop: Stop) -> bytes:
    """Of what is said of a clock's end."""
    return _digest(tuple(stop))


def clocks_digest(standings: list[Standing]) -> bytes:
    """Of how all clocks stand."""
    return sha1(b"".join([_status_content(standing) for standing in standings]), usedforsecurity=False).digest()


def _digest(content: tuple[object, ...]) -> bytes:
    return sha1(repr(content).encode(), usedforsecurity=False).digest()


def _status_content(standing: Standing) -> bytes:
    run, state, due, remaining, worked, overrun = standing
    return run.clock.identity + run.cycle + STATUS.pack(STATES[state], due or 0, _or(remaining), worked, _or(overrun))


def _status(standing: Standing) -> dict[str, object]:
    run = standing.run
    clock = run.clock
    return {
        "clock": clock.name,
        "cycle": identifier_text(run.cycle),
        "policy": clock.policy,
        "policy_version": clock.policy_version,
        "calendar_version": clock.calendar_version,
        "state": standing.state,
        "due_at": None if standing.due is None else instant(standing.due),
        "remaining_seconds": _seconds(standing.remaining),
        "worked_seconds": standing.worked / SECOND,
        "overrun_seconds": _seconds(standing.overrun),
    }


def _or(microseconds: int | None) -> int:
    """A number for none that no count has."""
    return -1 if microseconds is None else microseconds


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / SECOND
