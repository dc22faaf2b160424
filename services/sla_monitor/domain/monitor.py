"""What the monitor decides: a complaint's row, an event or a due instant, and the time in; a decision out.

A row is a function of the set of the events read, but for what was published on the way and the grace before
the first routing: once time has come to the same instant, every order has led to the same clocks and the same
standing alerts.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from schemas.derived import ComplaintRouted
from schemas.events import ComplaintPaused, DeadlineExtended, LifecycleEvent
from schemas.primitives import AlertLevel
from schemas.rendering import Rendered
from services.sla_monitor.domain.announcements import AlertEvent, Announcement, announce
from services.sla_monitor.domain.assessment import Assessment
from services.sla_monitor.domain.begun_pauses import BegunPause, begun_pauses
from services.sla_monitor.domain.course import Course, course
from services.sla_monitor.domain.entries import (
    identifier_bytes,
    identifier_text,
    merged,
    packed,
    unpacked,
)
from services.sla_monitor.domain.extensions import is_readable
from services.sla_monitor.domain.messages import Cause, Messages
from services.sla_monitor.domain.policies import PolicyBook
from services.sla_monitor.domain.rows import Phase, Row, appended, decoded, encoded, peeked
from services.worktime.instants import DAY, SECOND, microseconds

MOST_ENTRIES = 2_000
CLASSIFICATION_GRACE = 30 * SECOND
HELD_FOR = 7 * DAY
"""How long events of a complaint that was not received wait for it."""
REOPENING_WINDOW = 30 * DAY
"""How long a complaint whose clocks have all ended is kept whole."""
DEDUPE_WINDOW = 30 * DAY
"""How long it is known after that, so that late events are told apart from those of unknown complaints."""
CAUGHT_UP_WITHIN = 5 * SECOND
"""A partition whose time is this close to the wall clock has read all there is."""

SEVERITY: dict[AlertLevel, int] = {"critical": 0, "high": 1, "medium": 2, "low": 3}
BEFORE_ALL = -1
"""No event is older than 1970, so no alert holds by then."""

Reason = Literal[
    "told",
    "nothing_changed",
    "duplicate",
    "held",
    "held_expired",
    "left",
    "forgotten",
    "too_many_events",
    "complaint_left",
    "unreadable_extension",
]


class Moment(NamedTuple):
    """``now`` is the partition's time, ``recorded`` the wall clock, in microseconds since 1970."""

    now: int
    recorded: int


class Decision(NamedTuple):
    """``row`` is what stands afterwards, None for none; ``due`` when to look again.

    A refused event, whose reason is too_many_events, complaint_left or unreadable_extension, changes nothing.
    """

    reason: Reason
    row: bytes | None
    due: int | None = None
    alerts: tuple[AlertEvent, ...] = ()
    clocks_changed: Rendered | None = None
    opened: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    pauses: tuple[BegunPause, ...] = ()


class Monitor:
    """Decides under one book of policies; in ``stream_time``, grace and waiting count from when things happened."""

    def __init__(self, book: PolicyBook, *, stream_time: bool) -> None:
        self._book = book
        self._stream_time = stream_time

    def on_event(self, body: bytes | None, event: LifecycleEvent | ComplaintRouted, moment: Moment) -> Decision:
        """One event of the complaint whose row is ``body``."""
        if isinstance(event, DeadlineExtended) and not is_readable(event):
            return Decision("unreadable_extension", body)
        entry = packed(event)
        phase, due, count = (Phase.HELD, 0, 0) if body is None else peeked(body)
        if phase is Phase.LEFT:
            return Decision("complaint_left", body, due)
        # Bytes that are nowhere in the row are no entry's id; those that are may also be what a routing answers.
        new = body is None or identifier_bytes(event.event_id) not in body
        if new and count == MOST_ENTRIES:
            return Decision("too_many_events", body, due)
        idle = event.type in self._book.idle and phase is Phase.KNOWN
        if new and body is not None and idle and not 0 < due <= moment.now:
            return Decision("nothing_changed", appended(body, entry), due)
        row = Row() if body is None else decoded(body)
        entries = row.entries + entry if new else merged(row.entries, entry)
        if entries is row.entries:
            return Decision("duplicate", body, due)
        row.entries = entries
        known = unpacked(entries)
        row.count = len(known)
        seen = course(known, self._book)
        if seen is None:
            return self._held(row, event, moment)
        cause = Cause(event.event_id, microseconds(event.occurred_at))
        decision = self._decided(event.complaint_id, row, seen, moment, cause)
        if isinstance(event, ComplaintPaused):
            begun = begun_pauses(seen, identifier_bytes(event.event_id), moment.now)
            decision = decision._replace(pauses=tuple(begun))
        return decision

    def on_due(self, complaint_id: str, body: bytes, moment: Moment) -> Decision:
        """The partition's time has come to the instant at which the row ``body`` was to be looked at."""
        row = decoded(body)
        if row.phase is Phase.LEFT:
            return Decision("forgotten", None)
        seen = course(unpacked(row.entries), self._book)
        if seen is None:
            return Decision("held_expired", None)
        return self._decided(complaint_id, row, seen, moment, None)

    def severity(self, body: bytes, moment: Moment) -> int | None:
        """How severe the worst is that ``on_due`` would tell of the row ``body``: 0 is a breach. None if nothing is."""
        row = decoded(body)
        seen = course(unpacked(row.entries), self._book)
        if seen is None or not self._fires(row, seen, moment):
            return None
        standing = {key for key, told in row.alerts.items() if told.stands}
        alerts = (alert for run in seen.runs for alert in Assessment(run, seen, moment.now).alerts)
        return min((SEVERITY[alert.level] for alert in alerts if alert.key not in standing), default=None)

    def _held(self, row: Row, event: LifecycleEvent | ComplaintRouted, moment: Moment) -> Decision:
        if not row.due:
            came = event.occurred_at if self._stream_time else event.recorded_at
            row.due = max(moment.now, microseconds(came)) + HELD_FOR
        return Decision("held", encoded(row), row.due)

    def _decided(self, complaint_id: str, row: Row, seen: Course, moment: Moment, cause: Cause | None) -> Decision:
        open_before = row.open_clocks
        row.phase = Phase.KNOWN
        fires = self._fires(row, seen, moment)
        assessments = [Assessment(run, seen, moment.now if fires else BEFORE_ALL) for run in seen.runs]
        messages = Messages(complaint_id, moment.recorded)
        told = announce(row, assessments, messages, lambda: cause or _timer(seen, assessments, moment.now))
        kept = self._kept(row, seen, assessments, moment, fires=fires)
        return Decision(
            _reason(kept, told),
            encoded(kept),
            kept.due,
            tuple(told.alerts),
            told.clocks_changed,
            opened=_without(row.open_clocks, open_before),
            ended=_without(open_before, row.open_clocks),
        )

    def _kept(self, row: Row, seen: Course, assessments: list[Assessment], moment: Moment, *, fires: bool) -> Row:
        """The row with when to look at it again, or what is left of it when the complaint leaves."""
        row.due = min((assessment.next for assessment in assessments if assessment.next is not None), default=0)
        if row.due and not fires:
            row.due = max(row.due, row.grace_ends or moment.now + CLASSIFICATION_GRACE)
        if seen.over is None or row.open_clocks:
            return row
        leaves = seen.over + REOPENING_WINDOW
        if moment.now >= leaves:
            return Row(phase=Phase.LEFT, due=leaves + DEDUPE_WINDOW)
        row.due = min(row.due or leaves, leaves)
        return row

    def _fires(self, row: Row, seen: Course, moment: Moment) -> bool:
        """Whether alerts may fire: the complaint was routed, or the grace for it is over."""
        if seen.routed:
            return True
        if not row.grace_ends:
            if self._stream_time:
                row.grace_ends = seen.opened.occurred + CLASSIFICATION_GRACE
            elif moment.recorded - moment.now <= CAUGHT_UP_WITHIN:
                row.grace_ends = moment.now + CLASSIFICATION_GRACE
        return 0 < row.grace_ends <= moment.now


def _reason(row: Row, told: Announcement) -> Reason:
    if row.phase is Phase.LEFT:
        return "left"
    return "told" if told.alerts or told.clocks_changed else "nothing_changed"


def _without(clocks: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The clocks that are not among the others: by names, of which a complaint has few."""
    return () if clocks == others else tuple(set(clocks) - set(others))


def _timer(seen: Course, assessments: list[Assessment], now: int) -> Cause:
    """What a look without an event is due to: the latest instant that has passed, of an alert or a limited pause."""
    passed = [(alert.at, alert.run.cycle) for assessment in assessments for alert in assessment.alerts]
    passed += [
        (over[-1].resumed, run.cycle)
        for run in seen.runs
        if run.paused is not None and run.clock.max_pause is not None and (over := run.pauses_at(now).over)
    ]
    at, cycle = max(passed, default=(seen.opened.occurred, seen.opened.event_id))
    return Cause(identifier_text(cycle), at)
