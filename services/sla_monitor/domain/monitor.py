"""What the monitor decides: a complaint's row, an event or a due instant, and the time in; a decision out.

A row is a function of the set of the events read, but for what was published on the way and the grace before
the first routing: once time has come to the same instant, every order has led to the same clocks and the same
standing alerts.
"""

from __future__ import annotations

from schemas.derived import ComplaintRouted
from schemas.events import ComplaintPaused, DeadlineExtended, LifecycleEvent
from schemas.ids import unpack_id
from schemas.primitives import AlertLevel
from services.sla_monitor.domain.alerts.assessment import BEFORE_ALL, CLASSIFICATION_GRACE, assess
from services.sla_monitor.domain.alerts.messages import Messages
from services.sla_monitor.domain.alerts.pause_starts import find_pause_starts
from services.sla_monitor.domain.alerts.revisions import AlertRevisions, revise_alerts
from services.sla_monitor.domain.alerts.standing import Assessment, Cause
from services.sla_monitor.domain.decision import Decision, Moment, Reason
from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.extension import is_readable
from services.sla_monitor.domain.fold.pause_limit import limit_pauses
from services.sla_monitor.domain.fold.stored_event import stored_event_of
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.domain.rows.events import decode_events, encode_event, merge_event
from services.sla_monitor.domain.rows.row import Phase, Row, append_event, decode_row, empty_row, encode_row, peek_row
from services.worktime.instants import DAY, SECOND, microseconds

MOST_EVENTS = 2_000
HELD_FOR = 7 * DAY
"""How long events of a complaint that was not received wait for it."""
REOPENING_WINDOW = 30 * DAY
"""How long a complaint whose clocks have all ended is kept whole."""
DEDUPE_WINDOW = 30 * DAY
"""How long it is known after that, so that late events are told apart from those of unknown complaints."""
CAUGHT_UP_WITHIN = 5 * SECOND
"""A partition whose time is this close to the wall clock has read all there is."""

SEVERITY: dict[AlertLevel, int] = {"critical": 0, "high": 1, "medium": 2, "low": 3}


class Monitor:
    """Decides under one book of policies; in ``stream_time``, grace and waiting count from when things happened."""

    def __init__(self, book: PolicyBook, *, stream_time: bool) -> None:
        self._book = book
        self._stream_time = stream_time

    def on_event(self, body: bytes | None, event: LifecycleEvent | ComplaintRouted, moment: Moment) -> Decision:
        """One event of the complaint whose row is ``body``."""
        if isinstance(event, DeadlineExtended) and not is_readable(event):
            return Decision("unreadable_extension", body)
        phase, due, count = (Phase.HELD, 0, 0) if body is None else peek_row(body)
        stored = stored_event_of(event)
        if stored is None:
            return Decision("nothing_changed", body, due)
        if phase is Phase.LEFT:
            return Decision("complaint_left", body, due)
        # Bytes that are nowhere in the row are no event's id; those that are may also be what a routing answers.
        new = body is None or stored.event_id not in body
        if new and count == MOST_EVENTS:
            return Decision("too_many_events", body, due)
        encoded = encode_event(stored)
        idle = event.type in self._book.idle and phase is Phase.KNOWN
        if new and body is not None and idle and not 0 < due <= moment.now:
            return Decision("nothing_changed", append_event(body, encoded), due)
        row = empty_row(Phase.HELD) if body is None else decode_row(body)
        if new:
            known = [*decode_events(row.events), stored]
            row.events += encoded
        else:
            events = merge_event(row.events, encoded)
            if events is row.events:
                return Decision("duplicate", body, due)
            known = decode_events(events)
            row.events = events
        row.count = len(known)
        complaint = fold_complaint(known, self._book)
        if complaint is None:
            return self._hold(row, event, moment)
        cause = Cause(event.event_id, stored.occurred)
        decision = self._decide(event.complaint_id, row, complaint, moment, cause)
        if isinstance(event, ComplaintPaused):
            begun = find_pause_starts(complaint, stored.event_id, moment.now)
            decision = decision._replace(pauses=tuple(begun))
        return decision

    def on_due(self, complaint_id: str, body: bytes, moment: Moment) -> Decision:
        """The partition's time has come to the instant at which the row ``body`` was to be looked at."""
        row = decode_row(body)
        if row.phase is Phase.LEFT:
            return Decision("forgotten", None)
        complaint = fold_complaint(decode_events(row.events), self._book)
        if complaint is None:
            return Decision("held_expired", None)
        return self._decide(complaint_id, row, complaint, moment, None)

    def severity(self, body: bytes, moment: Moment) -> int | None:
        """How severe the worst is that ``on_due`` would publish of ``body``: 0 is a breach. None if nothing is."""
        row = decode_row(body)
        complaint = fold_complaint(decode_events(row.events), self._book)
        if complaint is None or not self._fires(row, complaint, moment):
            return None
        standing = {key for key, alert in row.published.alerts.items() if alert.stands}
        alerts = (alert for cycle in complaint.cycles for alert in assess(cycle, complaint, moment.now).alerts)
        return min((SEVERITY[alert.level] for alert in alerts if alert.key not in standing), default=None)

    def _hold(self, row: Row, event: LifecycleEvent | ComplaintRouted, moment: Moment) -> Decision:
        if not row.due:
            came = event.occurred_at if self._stream_time else event.recorded_at
            row.due = max(moment.now, microseconds(came)) + HELD_FOR
        return Decision("held", encode_row(row), row.due)

    def _decide(
        self, complaint_id: str, row: Row, complaint: ComplaintState, moment: Moment, cause: Cause | None
    ) -> Decision:
        published, now = row.published, moment.now
        open_before = published.open_clocks
        row.phase = Phase.KNOWN
        fires = self._fires(row, complaint, moment)
        assessments = [assess(cycle, complaint, now if fires else BEFORE_ALL) for cycle in complaint.cycles]
        messages = Messages(complaint_id, moment.recorded)
        revised = revise_alerts(published, assessments, messages, lambda: cause or _timer(complaint, assessments, now))
        kept = self._keep(row, complaint, assessments, moment, fires=fires)
        return Decision(
            _reason(kept, revised),
            encode_row(kept),
            kept.due,
            tuple(revised.alerts),
            revised.clocks_changed,
            opened=_without(published.open_clocks, open_before),
            ended=_without(open_before, published.open_clocks),
        )

    def _keep(
        self, row: Row, complaint: ComplaintState, assessments: list[Assessment], moment: Moment, *, fires: bool
    ) -> Row:
        """The row with when to look at it again, or what is left of it when the complaint leaves."""
        row.due = min((assessment.next_at for assessment in assessments if assessment.next_at is not None), default=0)
        if row.due and not fires:
            row.due = max(row.due, row.grace_ends or moment.now + CLASSIFICATION_GRACE)
        if complaint.over is None or row.published.open_clocks:
            return row
        leaves = complaint.over + REOPENING_WINDOW
        if moment.now >= leaves:
            return empty_row(Phase.LEFT, leaves + DEDUPE_WINDOW)
        row.due = min(row.due or leaves, leaves)
        return row

    def _fires(self, row: Row, complaint: ComplaintState, moment: Moment) -> bool:
        """Whether alerts may fire: the complaint was routed, or the grace for it is over."""
        if complaint.routed:
            return True
        if not row.grace_ends:
            if self._stream_time:
                row.grace_ends = complaint.opened.occurred + CLASSIFICATION_GRACE
            elif moment.recorded - moment.now <= CAUGHT_UP_WITHIN:
                row.grace_ends = moment.now + CLASSIFICATION_GRACE
        return 0 < row.grace_ends <= moment.now


def _reason(row: Row, revised: AlertRevisions) -> Reason:
    if row.phase is Phase.LEFT:
        return "left"
    return "published" if revised.alerts or revised.clocks_changed else "nothing_changed"


def _without(clocks: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The clocks that are not among the others: by names, of which a complaint has few."""
    return () if clocks == others else tuple(set(clocks) - set(others))


def _timer(complaint: ComplaintState, assessments: list[Assessment], now: int) -> Cause:
    """What a look without an event is due to: the latest instant that has passed, of an alert or a limited pause."""
    passed = [(alert.at, alert.cycle.cycle_id) for assessment in assessments for alert in assessment.alerts]
    passed += [
        (over[-1].resumed, cycle.cycle_id)
        for cycle in complaint.cycles
        if cycle.paused is not None and cycle.clock.max_pause is not None and (over := limit_pauses(cycle, now).over)
    ]
    at, event_id = max(passed, default=(complaint.opened.occurred, complaint.opened.event_id))
    return Cause(unpack_id(event_id), at)
