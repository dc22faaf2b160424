"""How a complaint's clocks stand and what was published of them in; alerts to publish, revise, withdraw or stop out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from schemas.ids import unpack_id
from schemas.rendering import Rendered
from services.lifecycle.event_kinds import TYPES
from services.sla_monitor.domain.alerts.digests import alert_digest, clocks_digest, stop_digest, withdrawal_digest
from services.sla_monitor.domain.alerts.messages import AlertEvent, Messages
from services.sla_monitor.domain.alerts.published import (
    KEPT,
    NO_DIGEST,
    AlertKey,
    Published,
    PublishedAlert,
    PublishedStop,
    StopKey,
)
from services.sla_monitor.domain.alerts.standing import Alert, Assessment, Cause, Standing, Stop
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.policy.alert_levels import BREACH

SUPERSEDED = "superseded"
"""Neither the policy that holds nor the events that are known have such a clock or threshold."""
ENDED_IN_TIME = "ended_in_time"
DUE_LATER = "due_later"


class AlertRevisions(NamedTuple):
    """What is to be published, in order: alerts first."""

    alerts: list[AlertEvent]
    clocks_changed: Rendered | None


def revise_alerts(
    published: Published, assessments: list[Assessment], messages: Messages, cause: Callable[[], Cause]
) -> AlertRevisions:
    """What is not published yet; ``published`` then says that it is. ``cause`` says what made the monitor look."""
    standings = [assessment.standing for assessment in assessments]
    holding = {alert.key: alert for assessment in assessments for alert in assessment.alerts}
    alerts: list[AlertEvent] = []
    if published.alerts:
        alerts += _withdraw(published, holding, standings, messages, cause)
    if holding:
        alerts += _fire(published, holding, messages)
    if published.alerts:
        alerts += _stop_ended(published, standings, messages)
    return AlertRevisions(alerts, _change_clocks(published, standings, messages, cause))


def _withdraw(
    published: Published,
    holding: dict[AlertKey, Alert],
    standings: list[Standing],
    messages: Messages,
    cause: Callable[[], Cause],
) -> list[AlertEvent]:
    """What was published and does not hold. A clock that is no more is said to have stopped as well."""
    unfounded = [key for key, alert in published.alerts.items() if alert.stands and key not in holding]
    if not unfounded:
        return []
    cycles = {StopKey(standing.cycle.clock.name, standing.cycle.cycle_id): standing.cycle for standing in standings}
    gone = {StopKey(key.clock, key.cycle) for key in unfounded} - cycles.keys()
    events: list[AlertEvent] = []
    for stopped in sorted(gone):
        events += _stop(published, stopped, SUPERSEDED, None, cause(), messages)
    for key in unfounded:
        revision = published.alerts[key].revision + 1
        published.alerts[key] = PublishedAlert(revision, stands=False, digest=NO_DIGEST)
        reason = _withdrawal_reason(key.threshold, cycles.get(StopKey(key.clock, key.cycle)))
        why = cause()
        events.append(messages.withdrawal(key, revision, reason, why, withdrawal_digest(reason, why)))
    return events


def _withdrawal_reason(threshold: int, cycle: ClockCycle | None) -> str:
    if cycle is None or threshold not in {BREACH, *(percentage for percentage, _ in cycle.clock.warnings)}:
        return SUPERSEDED
    return DUE_LATER if cycle.ended is None else ENDED_IN_TIME


def _fire(published: Published, holding: dict[AlertKey, Alert], messages: Messages) -> list[AlertEvent]:
    """What holds and was not published, or otherwise; soonest first."""
    events: list[AlertEvent] = []
    for key, alert in sorted(holding.items(), key=lambda item: (item[1].at, item[0])):
        digest = alert_digest(alert)
        before = published.alerts.get(key)
        if before is None or not before.stands or before.digest != digest[:KEPT]:
            revision = before.revision + 1 if before else 1
            published.alerts[key] = PublishedAlert(revision, stands=True, digest=digest[:KEPT])
            events.append(messages.alert(alert, revision, digest))
    return events


def _stop_ended(published: Published, standings: list[Standing], messages: Messages) -> list[AlertEvent]:
    """Clocks with standing alerts that have ended."""
    events: list[AlertEvent] = []
    for standing in standings:
        cycle, ended_by = standing.cycle, standing.cycle.ended_by
        if ended_by is not None:
            cause = Cause(unpack_id(ended_by.event_id), standing.cycle.ended or ended_by.occurred)
            key = StopKey(cycle.clock.name, cycle.cycle_id)
            reason = cycle.end_reason or TYPES[ended_by.kind]
            events += _stop(published, key, reason, standing.overrun, cause, messages)
    return events


def _stop(
    published: Published, key: StopKey, reason: str, overrun: int | None, cause: Cause, messages: Messages
) -> list[AlertEvent]:
    alerts = tuple(sorted(alert for alert, last in published.alerts.items() if last.stands and alert[:2] == key))
    stop = Stop(reason, overrun, cause, alerts)
    digest = stop_digest(stop)
    before = published.stops.get(key)
    if not alerts or (before is not None and before.digest == digest[:KEPT]):
        return []
    number = before.number + 1 if before else 1
    published.stops[key] = PublishedStop(number, digest[:KEPT])
    return [messages.stop(key, stop, number, digest)]


def _change_clocks(
    published: Published, standings: list[Standing], messages: Messages, cause: Callable[[], Cause]
) -> Rendered | None:
    digest = clocks_digest(standings)
    if digest[:KEPT] == published.clocks_digest:
        return None
    published.clocks_digest = digest[:KEPT]
    published.open_clocks = tuple(standing.cycle.clock.name for standing in standings if standing.cycle.ended is None)
    return messages.clocks(standings, digest, cause())
