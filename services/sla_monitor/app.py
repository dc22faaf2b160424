"""Between the runtime and the domain: events and due rows in, alerts and clocks out to their topics."""

from __future__ import annotations

from typing import Any

from schemas.derived import SlaAlert
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_ALERTS, SLA_CLOCKS, Topic
from services.runtime.stage import Application, Stage, Turn, Unprocessable
from services.sla_monitor import metrics, open_clocks
from services.sla_monitor.domain import rows
from services.sla_monitor.domain.monitor import Decision, Moment, Monitor
from services.sla_monitor.open_clocks import OpenClocks
from services.sla_monitor.settings import Settings
from services.worktime.instants import instant, microseconds

REFUSED = {
    "too_many_events": "the complaint has as many events as a row may hold",
    "complaint_left": "the complaint ended longer ago than it can be reopened",
}


class ComplaintProcessor:
    """Asks the monitor, publishes and counts."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._open_clocks = OpenClocks()

    def on_event(self, turn: Turn, topic: Topic[Any], event: Any) -> None:
        """One event of one complaint."""
        complaint_id: str = event.complaint_id
        key = complaint_id.encode()
        body = turn.row(key)
        decision = self._monitor.on_event(body, event, _moment(turn))
        if decision.reason in REFUSED:
            raise Unprocessable(decision.reason, REFUSED[decision.reason])
        if decision.row is not body:
            self._carry_out(turn, complaint_id, key, decision)
        turn.count(metrics.DECISIONS, decision.reason)

    def on_due(self, turn: Turn, key: bytes) -> None:
        """A complaint that was to be looked at now."""
        body = turn.row(key)
        if body is None:
            return
        complaint_id = key.decode()
        decision = self._monitor.on_due(complaint_id, body, _moment(turn))
        self._carry_out(turn, complaint_id, key, decision)
        turn.count(metrics.DECISIONS, decision.reason)

    def on_time(self, turn: Turn) -> None:
        """All that is due is done; the partition's clocks count."""
        self._open_clocks.watch(turn)

    def _carry_out(self, turn: Turn, complaint_id: str, key: bytes, decision: Decision) -> None:
        for alert in decision.alerts:
            turn.publish(SLA_ALERTS, complaint_id, alert)
            if isinstance(alert, SlaAlert):
                turn.count(metrics.ALERTS, alert.clock, alert.level)
                turn.observe(metrics.DETECTION_LAG, alert.lag_seconds)
        if decision.clocks_changed is not None:
            turn.publish(SLA_CLOCKS, complaint_id, decision.clocks_changed)
        if decision.opened or decision.ended:
            self._open_clocks.change(turn, decision.opened, decision.ended)
        if decision.row is None:
            turn.delete(key)
        else:
            turn.put(key, decision.row, instant(decision.due) if decision.due else None)


def _moment(turn: Turn) -> Moment:
    return Moment(microseconds(turn.now), microseconds(turn.recorded_at))


def build(settings: Settings) -> Application:
    """The application: one stage over the complaints."""
    monitor = Monitor(settings.policy_book, stream_time=settings.time == "stream")
    sources = (COMPLAINT_EVENTS, COMPLAINTS_ROUTED)
    processor = ComplaintProcessor(monitor)
    stage = Stage(
        "complaints", sources, clock_topics=sources, processor=processor, row_formats=(rows.FORMAT, open_clocks.FORMAT)
    )
    return Application("sla", (stage,), publishes=(SLA_ALERTS, SLA_CLOCKS))
