"""Between the runtime and the domain: events and due rows in, alerts and clocks out to their topics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from structlog import get_logger

from schemas.ids import is_test_id
from schemas.topics import SLA_ALERTS, SLA_CLOCKS, Topic
from services.registry import SLA_MONITOR
from services.runtime.processor import ProcessorContext, Unprocessable
from services.runtime.stage import Application, declared_stage
from services.sla_monitor import metrics, open_clocks
from services.sla_monitor.domain.alerts.messages import Fired
from services.sla_monitor.domain.decision import Decision, Moment
from services.sla_monitor.domain.monitor import Monitor
from services.sla_monitor.domain.rows.row import ROW_FORMAT
from services.sla_monitor.gauges import Gauges, PartitionState
from services.sla_monitor.pacing import LATE_AFTER
from services.sla_monitor.settings import Settings
from services.worktime.calendar import Calendar
from services.worktime.instants import instant, microseconds

log = get_logger(__name__)

UNREADABLE_EXTENSION = "say either until (an instant) or by (a target such as 5bd, 366 days at most)"


class ComplaintProcessor:
    """Asks the monitor, publishes and counts."""

    def __init__(self, monitor: Monitor, gauges: Gauges, *, paces: bool) -> None:
        self._monitor = monitor
        self._gauges = gauges
        self._paces = paces
        self._state = PartitionState()
        gauges.states.add(self._state)

    def on_event(self, context: ProcessorContext, topic: Topic[Any], event: Any) -> None:
        """One event of one complaint."""
        complaint_id: str = event.complaint_id
        key = complaint_id.encode()
        body = context.row(key)
        decision = self._monitor.on_event(body, event, _at(context.now, context.recorded_at))
        if decision.reason == "unreadable_extension":
            raise Unprocessable(decision.reason, UNREADABLE_EXTENSION)
        if decision.row is not body:
            self._carry_out(context, complaint_id, key, decision)
        self._count(context, complaint_id, decision)

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        """A complaint that was to be looked at now."""
        body = context.row(key)
        if body is None:
            return
        moment = _at(context.now, context.recorded_at)
        if self._paces and context.recorded_at - due > LATE_AFTER:
            severity = self._monitor.severity(body, moment)
            if severity is not None:
                self._state.pacing.hold(severity, due, key)
                return
        self._look(context, key, body, moment)

    def on_time(self, context: ProcessorContext) -> None:
        """All that is due is done, or held back: some of that is let go. The partition's clocks count."""
        for key in self._state.pacing.release():
            body = context.row(key)
            if body is not None:
                self._look(context, key, body, _at(context.now, context.recorded_at))
        self._state.open_clocks.read(context)
        self._state.overdue = context.overdue

    def close(self) -> None:
        """The partition's next owner counts what is open and waits."""
        self._gauges.states.remove(self._state)

    def _look(self, context: ProcessorContext, key: bytes, body: bytes, moment: Moment) -> None:
        complaint_id = key.decode()
        decision = self._monitor.on_due(complaint_id, body, moment)
        self._carry_out(context, complaint_id, key, decision)
        self._count(context, complaint_id, decision)

    def _count(self, context: ProcessorContext, complaint_id: str, decision: Decision) -> None:
        if is_test_id(complaint_id):
            return
        context.count(metrics.DECISIONS, decision.reason)
        for alert in decision.alerts:
            if isinstance(alert, Fired):
                context.count(metrics.ALERTS, alert.clock, alert.level)
                context.observe(metrics.DETECTION_LAG, alert.lag_seconds)
        for pause in decision.pauses:
            context.count(metrics.PAUSES, pause.clock, pause.queue or "", str(pause.in_last_tenth).lower())
        if decision.opened or decision.ended:
            self._state.open_clocks.change(context, decision.opened, decision.ended)

    def _carry_out(self, context: ProcessorContext, complaint_id: str, key: bytes, decision: Decision) -> None:
        for alert in decision.alerts:
            context.publish(SLA_ALERTS, complaint_id, alert.event if isinstance(alert, Fired) else alert)
        if decision.clocks_changed is not None:
            context.publish(SLA_CLOCKS, complaint_id, decision.clocks_changed)
        if decision.row is None:
            context.delete(key)
        else:
            context.put(key, decision.row, instant(decision.due) if decision.due else None)


@lru_cache(maxsize=256)
def _at(now: datetime, recorded_at: datetime) -> Moment:
    """Cached, because all that falls due in one tick does so at one moment."""
    return Moment(microseconds(now), microseconds(recorded_at))


def build(settings: Settings) -> Application:
    """The application: one stage over the complaints."""
    monitor = Monitor(settings.policy_book, stream_time=settings.time == "stream")
    in_wall_time = settings.time == "wall"
    if in_wall_time:
        _tell_of_unknown_days(settings.policy_book.calendars, datetime.now(UTC).year)
    # Where history is replayed everything is late.
    new_processor = partial(ComplaintProcessor, monitor, Gauges(settings.policy_book.clock_names), paces=in_wall_time)
    stage = declared_stage(SLA_MONITOR, "complaints", new_processor, row_formats=(ROW_FORMAT, open_clocks.ROW_FORMAT))
    return Application(SLA_MONITOR.name, (stage,), publishes=(SLA_ALERTS, SLA_CLOCKS))


def _tell_of_unknown_days(calendars: Iterable[Calendar], this_year: int) -> None:
    """Deadlines reach into the next year: a year's make-up days are published in the autumn before."""
    for calendar in calendars:
        for year in (this_year, this_year + 1):
            if calendar.lacks_make_up_days(year):
                log.warning(
                    "no make-up days of this year are known: deadlines in it may be late; renew the package holidays "
                    "once they are published, or write them under holidays.working",
                    calendar=calendar.name,
                    year=year,
                )
