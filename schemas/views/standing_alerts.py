"""From the records of sla-alerts to the alerts that stand, and which of them belong to a clock that has stopped."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.derived import SlaAlertWithdrawn, SlaBreached, SlaClockStopped, SlaWarning


class StandingAlerts:
    """The last revision of each alert, without those that were withdrawn.

    Add every record of the topic, each partition's in its order. Partitions may be mixed in any way: all alerts of a
    complaint are in the same one. A reader may go back and read records again: an older revision changes nothing.

    >>> standing = StandingAlerts()
    >>> standing.add(warning.complaint_id, warning)
    >>> standing.add(breach.complaint_id, breach)
    >>> standing.add(stop.complaint_id, stop)
    >>> [alert.type for alert in standing.alerts.values()]
    ['sla_warning', 'sla_breached']
    >>> standing.stopped[breach.alert_id].reason
    'complaint_resolved'
    """

    def __init__(self) -> None:
        self._revisions: dict[str, int] = {}
        self._alerts: dict[str, SlaWarning | SlaBreached] = {}
        self._stops: dict[tuple[str, str, str], SlaClockStopped] = {}

    def add(self, key: str, event: SlaWarning | SlaBreached | SlaAlertWithdrawn | SlaClockStopped | None) -> None:
        """Take in one record; ``key`` is its complaint_id. sla-alerts has no tombstones: None changes nothing."""
        match event:
            case SlaClockStopped():
                self._stops[event.complaint_id, event.clock, event.cycle] = event
            case SlaWarning() | SlaBreached() if self._take_revision(event):
                self._alerts[event.alert_id] = event
            case SlaAlertWithdrawn() if self._take_revision(event):
                self._alerts.pop(event.alert_id, None)

    @property
    def alerts(self) -> Mapping[str, SlaWarning | SlaBreached]:
        """The standing alerts by alert_id; read only, and it follows what is added."""
        return MappingProxyType(self._alerts)

    @property
    def stopped(self) -> dict[str, SlaClockStopped]:
        """By alert_id of a standing alert, how its clock stopped; worked out anew at each call.

        A stop names the alerts that stood then. Where another alert of the clock has come since, the clock has gone on,
        as after a reopening. Before such an alert only sla-clocks says that it has (schemas.views.clocks).
        """
        named = {alert_id: stop for stop in self._stops.values() for alert_id in stop.alert_ids}
        resumed = {_clock(alert) for alert_id, alert in self._alerts.items() if alert_id not in named}
        return {alert_id: named[alert_id] for alert_id, alert in self._alerts.items() if _clock(alert) not in resumed}

    def _take_revision(self, event: SlaWarning | SlaBreached | SlaAlertWithdrawn) -> bool:
        """Whether nothing later is known of the alert. Withdrawn alerts keep their revision: one may be read again."""
        if event.revision < self._revisions.get(event.alert_id, event.revision):
            return False
        self._revisions[event.alert_id] = event.revision
        return True


def _clock(alert: SlaWarning | SlaBreached) -> tuple[str, str, str]:
    return alert.complaint_id, alert.clock, alert.cycle
