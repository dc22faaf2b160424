"""How a complaint's clocks stand and what was told of them before in; the events that tell the difference out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from schemas.derived import SlaAlertWithdrawn, SlaClockStopped
from schemas.rendering import Rendered
from services.sla_monitor.domain.assessment import Alert, Assessment, Standing
from services.sla_monitor.domain.entries import TYPES, identifier_text
from services.sla_monitor.domain.messages import Cause, Fired, Messages, Stop, alert_digest, clocks_digest, stop_digest
from services.sla_monitor.domain.policies import BREACH
from services.sla_monitor.domain.rows import NOTHING, AlertKey, Row, StopKey, ToldAlert, ToldStop
from services.sla_monitor.domain.runs import Run

SUPERSEDED = "superseded"
"""Neither the policy that holds nor the events that are known have such a clock or threshold."""
ENDED_IN_TIME = "ended_in_time"
DUE_LATER = "due_later"
KEPT = len(NOTHING)
"""A row keeps so many bytes of a digest."""

AlertEvent = Fired | SlaAlertWithdrawn | SlaClockStopped


class Announcement(NamedTuple):
    """What is to be published, in order: alerts first."""

    alerts: list[AlertEvent]
    clocks_changed: Rendered | None


def announce(row: Row, assessments: list[Assessment], messages: Messages, cause: Callable[[], Cause]) -> Announcement:
    """Tell what is not told yet, and write into ``row`` that it is. ``cause`` says what made the monitor look."""
    standings = [assessment.standing for assessment in assessments]
    holding = {alert.key: alert for assessment in assessments for alert in assessment.alerts}
    alerts: list[AlertEvent] = []
    if row.alerts:
        alerts += _take_back(row, holding, standings, messages, cause)
    if holding:
        alerts += _tell(row, holding, messages)
    if row.alerts:
        alerts += _end(row, standings, messages)
    return Announcement(alerts, _tell_clocks(row, standings, messages, cause))


def _take_back(
    row: Row, holding: dict[AlertKey, Alert], standings: list[Standing], messages: Messages, cause: Callable[[], Cause]
) -> list[AlertEvent]:
    """What was told and does not hold. A clock that is no more is told to have stopped as well."""
    unfounded = [key for key, told in row.alerts.items() if told.stands and key not in holding]
    if not unfounded:
        return []
    runs = {StopKey(standing.run.clock.name, standing.run.cycle): standing.run for standing in standings}
    gone = {StopKey(key.clock, key.cycle) for key in unfounded} - runs.keys()
    events: list[AlertEvent] = []
    for stopped in sorted(gone):
        events += _stop(row, stopped, SUPERSEDED, None, cause(), messages)
    for key in unfounded:
        revision = row.alerts[key].revision + 1
        row.alerts[key] = ToldAlert(revision, stands=False, digest=NOTHING)
        reason = _unfounded(key.threshold, runs.get(StopKey(key.clock, key.cycle)))
        events.append(messages.withdrawal(key, revision, reason, cause()))
    return events


def _unfounded(threshold: int, run: Run | None) -> str:
    if run is None or threshold not in {BREACH, *(percentage for percentage, _ in run.clock.warnings)}:
        return SUPERSEDED
    return DUE_LATER if run.ended is None else ENDED_IN_TIME


def _tell(row: Row, holding: dict[AlertKey, Alert], messages: Messages) -> list[AlertEvent]:
    """What holds and was not told, or otherwise; soonest first."""
    events: list[AlertEvent] = []
    for key, alert in sorted(holding.items(), key=lambda item: (item[1].at, item[0])):
        digest = alert_digest(alert)
        told = row.alerts.get(key)
        if told is None or not told.stands or told.digest != digest[:KEPT]:
            revision = told.revision + 1 if told else 1
            row.alerts[key] = ToldAlert(revision, stands=True, digest=digest[:KEPT])
            events.append(messages.alert(alert, revision, digest))
    return events


def _end(row: Row, standings: list[Standing], messages: Messages) -> list[AlertEvent]:
    """Clocks with standing alerts that have ended."""
    events: list[AlertEvent] = []
    for standing in standings:
        run = standing.run
        if run.ended_by is not None:
            cause = Cause(identifier_text(run.ended_by.event_id), run.ended_by.occurred)
            key = StopKey(run.clock.name, run.cycle)
            events += _stop(row, key, TYPES[run.ended_by.rank], standing.overrun, cause, messages)
    return events


def _stop(
    row: Row, key: StopKey, reason: str, overrun: int | None, cause: Cause, messages: Messages
) -> list[AlertEvent]:
    standing = tuple(sorted(alert for alert, told in row.alerts.items() if told.stands and alert[:2] == key))
    stop = Stop(reason, overrun, cause, standing)
    digest = stop_digest(stop)[:KEPT]
    told = row.stops.get(key)
    if not standing or (told is not None and told.digest == digest):
        return []
    number = told.number + 1 if told else 1
    row.stops[key] = ToldStop(number, digest)
    return [messages.stop(key, stop, number)]


def _tell_clocks(
    row: Row, standings: list[Standing], messages: Messages, cause: Callable[[], Cause]
) -> Rendered | None:
    digest = clocks_digest(standings)
    if digest[:KEPT] == row.clocks_digest:
        return None
    row.clocks_digest = digest[:KEPT]
    row.open_clocks = tuple(standing.run.clock.name for standing in standings if standing.run.ended is None)
    return messages.clocks(standings, digest, cause())
