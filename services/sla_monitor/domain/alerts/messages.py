"""From how clocks stand to the events that say so, with their ids.

No id contains when something was recorded or how late, so a replay writes the same ids again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from schemas.derived import SlaAlertWithdrawn, SlaBreached, SlaClockStopped, SlaWarning
from schemas.ids import derived_id
from schemas.primitives import AlertLevel
from schemas.rendering import Rendered
from services.sla_monitor.domain.alerts.alert_ids import cycle_text, derive_alert_id
from services.sla_monitor.domain.alerts.forms import CLOCKS_FORM, alert_form, status_form
from services.sla_monitor.domain.alerts.published import AlertKey, StopKey
from services.sla_monitor.domain.alerts.standing import Alert, Cause, Standing, Stop
from services.sla_monitor.domain.policy.alert_levels import BREACH
from services.worktime.instants import SECOND, instant, text

TYPES: dict[type, str] = {kind: kind.model_fields["type"].default for kind in (SlaWarning, SlaBreached)}


class Fired(NamedTuple):
    """A warning or a breach, and what of it is counted."""

    event: Rendered
    clock: str
    level: AlertLevel
    lag_seconds: float


AlertEvent = Fired | SlaAlertWithdrawn | SlaClockStopped


class Messages:
    """Writes the events of one complaint.

    ``recorded`` is the wall clock, ``detected`` the time by which lags are counted, in microseconds since 1970.
    """

    def __init__(self, complaint_id: str, recorded: int, detected: int) -> None:
        self._complaint_id = complaint_id
        self._recorded = recorded
        self._detected = detected

    def alert(self, alert: Alert, revision: int, digest: bytes) -> Fired:
        """A warning or a breach, caused by the event that started the clock. ``digest`` is of what it says."""
        started, clock = alert.cycle.started, alert.cycle.clock
        cycle = cycle_text(alert.cycle.cycle_id)
        alert_id = derive_alert_id(self._complaint_id, alert.key)
        event_id = derived_id(alert_id, str(revision), digest.hex())
        occurred_at = text(alert.at)
        lag = max(0, self._detected - alert.at) / SECOND
        kind = SlaBreached if alert.threshold == BREACH else SlaWarning
        value = alert_form(kind, clock, alert.threshold, alert.level, alert.queue).filled(
            event_id,
            occurred_at,
            _recorded_text(self._recorded),
            cycle,
            self._complaint_id,
            alert_id,
            revision,
            cycle,
            text(started),
            text(alert.due),
            alert.worked / SECOND,
            alert.paused / SECOND,
            alert.closed / SECOND,
            alert.pauses,
            "true" if alert.retroactive else "false",
            lag,
        )
        return Fired(Rendered(event_id, TYPES[kind], occurred_at, value), clock.name, alert.level, lag)

    def withdrawal(self, key: AlertKey, revision: int, reason: str, cause: Cause, digest: bytes) -> SlaAlertWithdrawn:
        """It never happened. ``digest`` is of why."""
        alert_id = derive_alert_id(self._complaint_id, key)
        return SlaAlertWithdrawn(
            event_id=derived_id(alert_id, str(revision), digest.hex()),
            occurred_at=instant(cause.occurred),
            recorded_at=instant(self._recorded),
            cause_event_id=cause.event_id,
            complaint_id=self._complaint_id,
            alert_id=alert_id,
            revision=revision,
            reason=reason,
        )

    def stop(self, key: StopKey, stop: Stop, number: int, digest: bytes) -> SlaClockStopped:
        """A clock with standing alerts has ended: the ``number``-th time this is said. ``digest`` is of what is."""
        cycle = cycle_text(key.cycle)
        return SlaClockStopped(
            event_id=derived_id(self._complaint_id, "sla_clock_stopped", key.clock, cycle, str(number), digest.hex()),
            occurred_at=instant(stop.cause.occurred),
            recorded_at=instant(self._recorded),
            cause_event_id=stop.cause.event_id,
            complaint_id=self._complaint_id,
            clock=key.clock,
            cycle=cycle,
            reason=stop.reason,
            overrun_seconds=None if stop.overrun is None else stop.overrun / SECOND,
            alert_ids=tuple(derive_alert_id(self._complaint_id, alert) for alert in stop.alerts),
        )

    def clocks(self, standings: list[Standing], digest: bytes, cause: Cause) -> Rendered:
        """All clocks as they stand. ``digest`` is of what they say."""
        said = (cause.event_id, str(cause.occurred), digest.hex())
        event_id = derived_id(self._complaint_id, "sla_clocks_changed", *said)
        occurred_at = text(cause.occurred)
        statuses = ",".join([_status(standing) for standing in standings])
        value = CLOCKS_FORM.filled(
            event_id, occurred_at, _recorded_text(self._recorded), cause.event_id, self._complaint_id, f"[{statuses}]"
        )
        return Rendered(event_id, "sla_clocks_changed", occurred_at, value)


@lru_cache(maxsize=64)
def _recorded_text(recorded: int) -> str:
    """Cached, because all that is published in one tick is recorded at one instant."""
    return text(recorded)


def _status(standing: Standing) -> str:
    cycle, due, remaining, overrun = standing.cycle, standing.due, standing.remaining, standing.overrun
    return status_form(cycle.clock).text(
        cycle_text(cycle.cycle_id),
        standing.state,
        "null" if standing.reason is None else f'"{standing.reason}"',
        "null" if due is None else f'"{text(due)}"',
        "null" if remaining is None else remaining / SECOND,
        standing.worked / SECOND,
        "null" if overrun is None else overrun / SECOND,
    )
