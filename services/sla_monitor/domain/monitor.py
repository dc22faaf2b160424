"""What the monitor decides: a complaint's row, an event or a due instant, and the time in; a decision out.

A row is a function of the set of the events read, but for what was published on the way and the grace before
the first routing: once time has come to the same instant, every order has led to the same clocks and the same
standing alerts.
"""

from __future__ import annotations

from typing import cast

from schemas.derived import ComplaintRouted
from schemas.events import DeadlineExtended, LifecycleEvent
from schemas.ids import unpack_id
from schemas.primitives import AlertLevel
from services.lifecycle.event_bytes import encode_event
from services.lifecycle.event_kinds import EXTENDED, PAUSED
from services.lifecycle.event_log import EventLog
from services.lifecycle.fold import fold
from services.lifecycle.retention import find_drop, is_forgotten
from services.lifecycle.stored_event import StoredEvent, make_stored_event
from services.sla_monitor.domain.alerts.assessment import BEFORE_ALL, assess_or_end
from services.sla_monitor.domain.alerts.messages import Messages
from services.sla_monitor.domain.alerts.pause_starts import find_pause_starts
from services.sla_monitor.domain.alerts.published import Published
from services.sla_monitor.domain.alerts.revisions import AlertRevisions, revise_alerts
from services.sla_monitor.domain.alerts.standing import Assessment, Cause
from services.sla_monitor.domain.classification_grace import CLASSIFICATION_GRACE, find_grace_end
from services.sla_monitor.domain.decision import Decision, Moment, Reason
from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.extension import is_readable
from services.sla_monitor.domain.fold.pause_limit import limit_pauses
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.domain.rows.row import Row, append_event, decode_row, encode_row, peek_row

SEVERITY: dict[AlertLevel, int] = {"critical": 0, "high": 1, "medium": 2, "low": 3}


class Monitor:
    """Decides under one book of policies; in ``stream_time``, grace and waiting count from when things happened."""

    def __init__(self, book: PolicyBook, *, stream_time: bool) -> None:
        self._book = book
        self._stream_time = stream_time

    def on_event(self, body: bytes | None, event: LifecycleEvent | ComplaintRouted, moment: Moment) -> Decision:
        """One event of the complaint whose row is ``body``."""
        # By kind: isinstance of pydantic's models takes longer than all that is stored of an event.
        stored = make_stored_event(event)
        extension = cast("DeadlineExtended", event) if stored.kind == EXTENDED else None
        if extension is not None and not is_readable(extension):
            return Decision("unreadable_extension", body)
        if body is not None and stored.kind in self._book.idle:
            due, is_full, has_open_clocks = peek_row(body)
            if has_open_clocks and not is_full and stored.event_id not in body and not 0 < due <= moment.now:
                return Decision("nothing_changed", append_event(body, encode_event(stored), moment.now), due)
        row = Row(EventLog(), Published()) if body is None else decode_row(body)
        before = row.log.events, row.log.overflowed
        added = row.log.add(stored)
        if (row.log.events, row.log.overflowed) == before:
            return Decision("duplicate" if added == "duplicate" else "too_many_events", body, row.due)
        events = row.log.decode()
        complaint = fold_complaint(events, self._book, row.log.overflowed)
        if complaint is None:
            row.log.wait(stored.occurred, moment.now)
            return self._keep_unknown("held", row, events, moment)
        cause = Cause(event.event_id, complaint.history.at(stored))
        forgotten = is_forgotten(complaint.history, complaint.history.at(stored))
        if not forgotten:
            row.log.touched = moment.now
        decision = self._decide(event.complaint_id, row, complaint, moment, cause)
        if stored.kind == PAUSED:
            begun = find_pause_starts(complaint, stored.event_id, moment.now)
            decision = decision._replace(pauses=tuple(begun))
        if added == "too_many_events" or forgotten:
            decision = decision._replace(reason="forgotten" if forgotten else "too_many_events")
        elif extension is not None and not complaint.has_clock(extension.clock):
            decision = decision._replace(reason="no_such_clock")
        return decision

    def on_due(self, complaint_id: str, body: bytes, moment: Moment) -> Decision:
        """The partition's time has come to the instant at which the row ``body`` was to be looked at."""
        row = decode_row(body)
        events = row.log.decode()
        complaint = fold_complaint(events, self._book, row.log.overflowed)
        if complaint is None:
            return self._keep_unknown("held", row, events, moment)
        return self._decide(complaint_id, row, complaint, moment, None)

    def severity(self, body: bytes, moment: Moment) -> int | None:
        """How severe the worst is that ``on_due`` would publish of ``body``: 0 is a breach. None if nothing is."""
        row = decode_row(body)
        complaint = fold_complaint(row.log.decode(), self._book, row.log.overflowed)
        if complaint is None or not self._fires(row, complaint, moment):
            return None
        standing = {key for key, alert in row.published.alerts.items() if alert.stands}
        alerts = (alert for cycle in complaint.cycles for alert in assess_or_end(cycle, complaint, moment.now).alerts)
        return min((SEVERITY[alert.level] for alert in alerts if alert.key not in standing), default=None)

    def _keep_unknown(self, reason: Reason, row: Row, events: list[StoredEvent], moment: Moment) -> Decision:
        """Its row, until the reception has not come for long enough; work that stands in triage keeps it."""
        row.due = find_drop(fold(events)[0], row.log.touched) or 0
        if 0 < row.due <= moment.now:
            return Decision("expired", None)
        return Decision(reason, encode_row(row), row.due)

    def _decide(
        self, complaint_id: str, row: Row, complaint: ComplaintState, moment: Moment, cause: Cause | None
    ) -> Decision:
        published, now = row.published, moment.now
        open_before = published.open_clocks
        fires = self._fires(row, complaint, moment)
        assessments = [assess_or_end(cycle, complaint, now if fires else BEFORE_ALL) for cycle in complaint.cycles]
        # In stream time the wall clock is years from what is replayed.
        messages = Messages(complaint_id, moment.recorded, now if self._stream_time else moment.recorded)
        revised = revise_alerts(published, assessments, messages, lambda: cause or _timer(complaint, assessments, now))
        row.due = min((assessment.next_at for assessment in assessments if assessment.next_at is not None), default=0)
        if row.due and not fires:
            row.due = max(row.due, row.grace_ends or now + CLASSIFICATION_GRACE)
        drop = None if published.open_clocks else find_drop(complaint.last, row.log.touched)
        if drop is not None:
            row.due = min(row.due or drop, drop)
        dropped = drop is not None and drop <= now
        return Decision(
            "expired" if dropped else _reason(revised),
            None if dropped else encode_row(row),
            row.due,
            tuple(revised.alerts),
            revised.clocks_changed,
            opened=_without(published.open_clocks, open_before),
            ended=_without(open_before, published.open_clocks),
        )

    def _fires(self, row: Row, complaint: ComplaintState, moment: Moment) -> bool:
        """Whether alerts may fire: the complaint was routed, or the grace for it is over."""
        if complaint.routed:
            return True
        if not row.grace_ends:
            row.grace_ends = find_grace_end(complaint, moment, stream_time=self._stream_time)
        return 0 < row.grace_ends <= moment.now


def _reason(revised: AlertRevisions) -> Reason:
    return "published" if revised.alerts or revised.clocks_changed else "nothing_changed"


def _without(clocks: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The clocks that are not among the others: by names, of which a complaint has few."""
    return () if clocks == others else tuple(set(clocks) - set(others))


def _timer(complaint: ComplaintState, assessments: list[Assessment], now: int) -> Cause:
    """What a look without an event is due to: the latest instant that has passed, of an alert or a pause's own end."""
    passed = [(alert.at, alert.cycle.cycle_id) for assessment in assessments for alert in assessment.alerts]
    for cycle in complaint.cycles:
        over, since, _ = limit_pauses(cycle, now)
        if cycle.paused is not None and since is None and over:
            passed.append((over[-1].resumed, cycle.cycle_id))
    at, event_id = max(passed, default=(complaint.opened.occurred, complaint.opened.event_id))
    return Cause(unpack_id(event_id), at)
