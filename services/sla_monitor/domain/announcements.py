"""How a complaint's clocks stand and what was told of them before in; the events that tell the difference out."""

from __future__ import annotations

from collections.abc import Iterable
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
from schemas.events import LIFECYCLE_RANK
from schemas.ids import derived_id
from services.sla_monitor.domain.assessment import BREACH, Alert, Assessment, Standing
from services.sla_monitor.domain.course import Run
from services.sla_monitor.domain.entries import identifier_text
from services.sla_monitor.domain.rows import NOTHING, AlertKey, Row, StopKey, ToldAlert, ToldStop
from services.worktime.instants import SECOND, instant

SUPERSEDED = "superseded"
"""Neither the policy that holds nor the events that are known have such a clock or threshold."""
ENDED_IN_TIME = "ended_in_time"
DUE_LATER = "due_later"
NAMES = {rank: name for name, rank in LIFECYCLE_RANK.items()}
STATES: dict[ClockState, int] = {"running": 0, "paused": 1, "stopped": 2, "breached": 3, "cancelled": 4}
STATUS = Struct(">Bqqqq")
DIGEST_SIZE = len(NOTHING)


class Cause(NamedTuple):
    """What made the monitor look: an event, or the due instant of one."""

    event_id: str
    occurred: int


def announce(complaint_id: str, row: Row, assessments: list[Assessment], cause: Cause, recorded: int) -> Announcer:
    """Tell what changed, and write into ``row`` that it was told. ``recorded`` is the wall clock."""
    announcer = Announcer(complaint_id, row, cause, recorded)
    standings = [assessment.standing for assessment in assessments]
    holding = [alert for assessment in assessments for alert in assessment.alerts]
    if row.alerts:
        announcer.withdraw(holding, standings)
    if holding:
        announcer.tell(holding)
    if row.alerts:
        announcer.tell_stops(standings)
    announcer.tell_clocks(standings)
    return announcer


class Announcer:
    """Gathers what is to be published, and writes it down in the row."""

    def __init__(self, complaint_id: str, row: Row, cause: Cause, recorded: int) -> None:
        self._complaint_id = complaint_id
        self._row = row
        self._cause = cause
        self._recorded = recorded
        self.alerts: list[SlaAlert | SlaAlertWithdrawn | SlaClockStopped] = []
        self.clocks_changed: SlaClocksChanged | None = None

    def tell(self, holding: Iterable[Alert]) -> None:
        """Tell of alerts that hold and were not told of, or otherwise; soonest first."""
        for alert in sorted(holding, key=lambda alert: (alert.at, alert.run.clock.name, alert.threshold)):
            key = AlertKey(alert.run.clock.name, alert.run.cycle, alert.threshold)
            content = _content(alert)
            digest = sha1(repr(content).encode(), usedforsecurity=False).digest()
            told = self._row.alerts.get(key)
            if told is None or not told.stands or told.digest != digest[:DIGEST_SIZE]:
                revision = told.revision + 1 if told else 1
                self._row.alerts[key] = ToldAlert(revision, stands=True, digest=digest[:DIGEST_SIZE])
                self.alerts.append(self._alert(key, alert, revision, digest))

    def withdraw(self, holding: Iterable[Alert], standings: Iterable[Standing]) -> None:
        """Take back what was told and does not hold. A clock that is no more is told to have stopped as well."""
        held = {AlertKey(alert.run.clock.name, alert.run.cycle, alert.threshold) for alert in holding}
        runs = {StopKey(s.run.clock.name, s.run.cycle): s.run for s in standings}
        unfounded = [key for key, told in self._row.alerts.items() if told.stands and key not in held]
        for gone in dict.fromkeys(StopKey(key.clock, key.cycle) for key in unfounded):
            if gone not in runs:
                self._stop(gone, SUPERSEDED, None, self._cause)
        for key in unfounded:
            self._withdraw(key, runs.get(StopKey(key.clock, key.cycle)))

    def tell_stops(self, standings: Iterable[Standing]) -> None:
        """Tell that a clock with standing alerts has ended."""
        for standing in standings:
            run = standing.run
            if run.ended_by is not None:
                reason = NAMES[run.ended_by.kind]
                cause = Cause(identifier_text(run.ended_by.event_id), run.ended_by.occurred)
                self._stop(StopKey(run.clock.name, run.cycle), reason, standing.overrun, cause)

    def tell_clocks(self, standings: list[Standing]) -> None:
        """Tell of all clocks, if any changed."""
        content = b"".join([_status_content(standing) for standing in standings])
        digest = sha1(content, usedforsecurity=False).digest()
        if digest[:DIGEST_SIZE] == self._row.clocks_digest:
            return
        self._row.clocks_digest = digest[:DIGEST_SIZE]
        self._row.open_clocks = tuple(s.run.clock.name for s in standings if s.run.ended is None)
        event_id = derived_id(self._complaint_id, "sla_clocks_changed", *self._cause_text(self._cause), digest.hex())
        self.clocks_changed = SlaClocksChanged(
            event_id=event_id,
            occurred_at=instant(self._cause.occurred),
            recorded_at=instant(self._recorded),
            cause_event_id=self._cause.event_id,
            complaint_id=self._complaint_id,
            clocks=tuple(_status(standing) for standing in standings),
        )

    def _alert(self, key: AlertKey, alert: Alert, revision: int, digest: bytes) -> SlaAlert:
        run, clock = alert.run, alert.run.clock
        kind = SlaBreached if alert.threshold == BREACH else SlaWarning
        alert_id = self._alert_id(key)
        return kind(
            event_id=derived_id(alert_id, str(revision), digest.hex()),
            occurred_at=instant(alert.at),
            recorded_at=instant(self._recorded),
            cause_event_id=identifier_text(run.cycle),
            complaint_id=self._complaint_id,
            alert_id=alert_id,
            revision=revision,
            clock=clock.name,
            cycle=identifier_text(run.cycle),
            threshold=alert.threshold,
            level=alert.level,
            policy=clock.policy,
            policy_version=clock.policy_version,
            calendar_version=clock.calendar_version,
            queue=alert.queue,
            owner=clock.owner,
            runbook=clock.runbook,
            started_at=instant(run.started),
            due_at=instant(alert.due),
            worked_seconds=alert.worked / SECOND,
            paused_seconds=alert.paused / SECOND,
            closed_seconds=alert.closed / SECOND,
            retroactive=alert.retroactive,
            lag_seconds=max(0, self._recorded - alert.at) / SECOND,
        )

    def _withdraw(self, key: AlertKey, run: Run | None) -> None:
        reason = SUPERSEDED
        if run is not None and key.threshold in {BREACH, *(percentage for percentage, _ in run.clock.warnings)}:
            reason = DUE_LATER if run.ended is None else ENDED_IN_TIME
        revision = self._row.alerts[key].revision + 1
        self._row.alerts[key] = ToldAlert(revision, stands=False, digest=NOTHING)
        alert_id = self._alert_id(key)
        content = sha1(repr((reason, *self._cause)).encode(), usedforsecurity=False).hexdigest()
        self.alerts.append(
            SlaAlertWithdrawn(
                event_id=derived_id(alert_id, str(revision), content),
                occurred_at=instant(self._cause.occurred),
                recorded_at=instant(self._recorded),
                cause_event_id=self._cause.event_id,
                complaint_id=self._complaint_id,
                alert_id=alert_id,
                revision=revision,
                reason=reason,
            )
        )

    def _stop(self, key: StopKey, reason: str, overrun: int | None, cause: Cause) -> None:
        standing = sorted(
            (alert for alert, told in self._row.alerts.items() if told.stands and alert[:2] == key),
            key=lambda alert: alert.threshold,
        )
        if not standing:
            return
        alert_ids = tuple(self._alert_id(alert) for alert in standing)
        content = sha1(repr((reason, overrun, cause, alert_ids)).encode(), usedforsecurity=False).digest()
        told = self._row.stops.get(key)
        if told is not None and told.digest == content[:DIGEST_SIZE]:
            return
        number = told.number + 1 if told else 1
        self._row.stops[key] = ToldStop(number, content[:DIGEST_SIZE])
        cycle = identifier_text(key.cycle)
        self.alerts.append(
            SlaClockStopped(
                event_id=derived_id(self._complaint_id, "stopped", key.clock, cycle, str(number), content.hex()),
                occurred_at=instant(cause.occurred),
                recorded_at=instant(self._recorded),
                cause_event_id=cause.event_id,
                complaint_id=self._complaint_id,
                clock=key.clock,
                cycle=cycle,
                reason=reason,
                overrun_seconds=_seconds(overrun),
                alert_ids=alert_ids,
            )
        )

    def _alert_id(self, key: AlertKey) -> str:
        return derived_id(self._complaint_id, key.clock, identifier_text(key.cycle), str(key.threshold))

    @staticmethod
    def _cause_text(cause: Cause) -> tuple[str, str]:
        return cause.event_id, str(cause.occurred)


def _content(alert: Alert) -> tuple[object, ...]:
    """What an alert says, but for when it was recorded and how late."""
    clock = alert.run.clock
    return (
        alert[1:],
        alert.run.started,
        clock.policy,
        clock.policy_version,
        clock.calendar_version,
        clock.owner,
        clock.runbook,
    )


def _status_content(standing: Standing) -> bytes:
    run, state, due, remaining, worked, overrun = standing
    return run.clock.identity + run.cycle + STATUS.pack(STATES[state], due or 0, _or(remaining), worked, _or(overrun))


def _or(microseconds: int | None) -> int:
    """A number for none that no count has."""
    return -1 if microseconds is None else microseconds


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


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / SECOND
