"""Before a complaint is known, before it is routed, after it has ended, and when there is too much of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.derived import SlaBreached, SlaClocksChanged, SlaClockStopped
from services.lifecycle import event_limit
from services.sla_monitor.domain.alerts.messages import Fired
from services.sla_monitor.domain.decision import Moment
from services.sla_monitor.domain.fold import complaint_fold
from services.sla_monitor.domain.monitor import Monitor
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUICK = stories.book({"clocks": {"first_response": stories.clock("10s")}})
BOOK = stories.book({"clocks": {"first_response": stories.clock("4h"), "resolution": stories.clock("8h")}})
RECEIVED = stories.received(at(9))


def test_what_nobody_has_routed_fires_after_the_grace_with_its_own_instant() -> None:
    story = Desk(QUICK).read(RECEIVED).wait(at(9) + 29 * SECOND)
    assert story.of(SlaBreached) == []
    assert story.clocks["first_response"].state == "running"
    (breach,) = story.wait(at(9) + 30 * SECOND).of(SlaBreached)
    assert (breach.occurred_at, breach.lag_seconds) == (at(9) + 10 * SECOND, 20)


def test_what_is_routed_fires_at_once() -> None:
    story = Desk(QUICK).read(RECEIVED, stories.routed(RECEIVED)).wait(at(9) + 10 * SECOND)
    assert len(story.of(SlaBreached)) == 1


def test_in_stream_time_the_grace_counts_from_the_complaint() -> None:
    story = Desk(QUICK, stream_time=True).read(RECEIVED, now=at(15))
    assert len(story.of(SlaBreached)) == 1


def test_in_a_backlog_the_grace_begins_once_the_partition_has_caught_up() -> None:
    desk = Monitor(QUICK, stream_time=False)
    behind = Moment(microseconds(at(9)), microseconds(at(20)))
    row = desk.on_event(None, RECEIVED, behind).row
    assert row is not None
    reading_on = desk.on_due(RECEIVED.complaint_id, row, Moment(microseconds(at(9.5)), microseconds(at(20))))
    assert reading_on.alerts == ()
    assert reading_on.row is not None
    caught_up = desk.on_due(RECEIVED.complaint_id, reading_on.row, Moment(*[microseconds(at(20))] * 2))
    assert caught_up.alerts == ()
    assert caught_up.due == microseconds(at(20) + 30 * SECOND)
    assert caught_up.row is not None
    over = desk.on_due(RECEIVED.complaint_id, caught_up.row, Moment(*[caught_up.due] * 2))
    assert [type(alert) for alert in over.alerts] == [Fired]


def test_events_of_an_unknown_complaint_wait_for_it_without_clocks() -> None:
    story = Desk(BOOK).read(stories.replied(at(10)))
    assert (story.published, story.reasons) == ([], ["held"])
    story.read(RECEIVED, now=at(11))
    assert story.clocks["first_response"].worked_seconds == 3600


def test_events_of_an_unknown_complaint_expire_after_a_week() -> None:
    story = Desk(BOOK).read(stories.replied(at(10)), stories.resolved(at(11), recorded_at=at(0, day=3)))
    story.wait(at(10, day=7) - SECOND)
    assert story.row is not None
    story.wait(at(10, day=7))
    assert story.row is None
    assert story.reasons[-1] == "expired"


def test_a_partition_that_does_not_know_the_time_yet_does_not_expire_what_it_holds() -> None:
    decision = Monitor(BOOK, stream_time=False).on_event(None, stories.replied(at(10)), Moment(0, microseconds(at(10))))
    assert decision.due == microseconds(at(10, day=7))


@pytest.mark.parametrize("work", [stories.reopened, stories.written_again])
def test_work_of_an_unknown_complaint_waits_for_its_reception_until_it_is_over(work: Any) -> None:
    story = Desk(BOOK).read(work(at(10))).wait(at(0, day=400))
    assert (story.published, story.reasons, story.due) == ([], ["held"], 0)
    assert story.row is not None
    story.read(stories.closed(at(0, day=400))).wait(at(0, day=430))
    assert (story.row, story.reasons[-1]) == (None, "expired")


WINDOWS = [(stories.resolved, 365), (stories.closed, 30), (stories.withdrawn, 30)]


@pytest.mark.parametrize(("end", "days"), WINDOWS)
def test_a_complaint_that_is_over_is_kept_whole_for_a_window_and_then_dropped(end: Any, days: int) -> None:
    story = Desk(BOOK).read(RECEIVED, stories.replied(at(10)), end(at(11)))
    whole = story.row
    story.wait(at(11, day=days) - SECOND)
    assert story.row == whole
    story.wait(at(11, day=days))
    assert (story.row, story.reasons[-1]) == (None, "expired")


@pytest.mark.parametrize(("end", "days"), WINDOWS)
def test_a_complaint_that_was_read_long_after_its_end_is_kept_for_the_window_from_then_on(end: Any, days: int) -> None:
    story = Desk(BOOK).read(RECEIVED, stories.replied(at(10)), end(at(11)), now=at(0, day=500))
    story.wait(at(0, day=500 + days) - SECOND)
    assert story.row is not None
    story.read(stories.reopened(at(12)), now=at(0, day=500 + days) - SECOND)
    assert story.clocks["resolution"].state == "breached"


@pytest.mark.parametrize(("end", "days"), WINDOWS)
def test_a_reopening_within_the_window_keeps_the_complaint(end: Any, days: int) -> None:
    story = Desk(BOOK).read(RECEIVED, stories.replied(at(10)), end(at(11)))
    story.wait(at(11, day=days) - SECOND).read(stories.reopened(at(11, day=days) - SECOND))
    assert story.clocks["resolution"].state == "running"
    story.wait(at(0, day=900))
    assert story.clocks["resolution"].state == "breached"
    assert story.row is not None


def test_a_complaint_with_a_running_clock_stays() -> None:
    own = stories.clock("8h", starts=["complaint_received"], stops=["final_reply"])
    story = Desk(stories.book({"clocks": {"answer": own}})).read(RECEIVED, stories.resolved(at(11)))
    story.wait(at(0, day=999))
    assert story.clocks["answer"].state == "breached"
    assert story.row is not None


@pytest.mark.parametrize(
    "event",
    [stories.reopened(at(0, day=35)), stories.acknowledged(at(0, day=35)), stories.resolved(at(0, day=35))],
    ids=lambda event: event.type,
)
def test_what_happens_too_long_after_the_end_is_forgotten_and_does_not_keep_the_complaint(event: Any) -> None:
    read_late = at(0, day=20)
    story = Desk(BOOK).read(RECEIVED, stories.closed(at(11)), now=read_late)
    clocks = story.clocks
    story.read(event, now=at(0, day=36))
    assert (story.reasons[-1], story.clocks) == ("forgotten", clocks)
    story.wait(at(0, day=50))
    if event.type == "complaint_reopened":
        # Nobody knows the complaint any more, but somebody must look at it.
        assert story.row is not None
    else:
        assert (story.row, story.reasons[-1]) == (None, "expired")


@pytest.mark.parametrize("event", [stories.replied(at(12)), stories.closed(at(0, day=44))])
def test_an_event_of_a_complaint_that_was_dropped_is_held(event: Any) -> None:
    story = Desk(BOOK).read(RECEIVED, stories.closed(at(11))).wait(at(0, day=44))
    said = len(story.published)
    story.read(event, now=at(0, day=44))
    assert (story.reasons[-1], len(story.published)) == ("held", said)
    story.wait(at(0, day=51))
    assert (story.row, story.reasons[-1]) == (None, "expired")


def overflowing(monkeypatch: pytest.MonkeyPatch, book: PolicyBook = BOOK) -> Desk:
    """A complaint with as many events as may be: at 9:00 the first, at 9:30 the last."""
    for module in (event_limit, complaint_fold):
        monkeypatch.setattr(module, "MAX_EVENTS", 4)
    return Desk(book).read(RECEIVED, *(stories.assigned(at(9.5), str(number)) for number in range(3)))


def test_beyond_so_many_events_no_clock_runs_and_none_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    story = overflowing(monkeypatch)
    assert story.clocks["first_response"].state == "running"
    story.read(stories.replied(at(10))).wait(at(0, day=9))
    assert "too_many_events" in story.reasons
    assert {(clock.state, clock.reason) for clock in story.clocks.values()} == {("ended", "too_many_events")}
    assert story.of(SlaBreached) == []


def test_a_breach_before_there_were_too_many_events_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    story = overflowing(monkeypatch).wait(at(14)).read(stories.replied(at(15)))
    assert story.clocks["first_response"].state == "breached"
    (breach,) = story.standing.values()
    assert (breach.clock, breach.occurred_at) == ("first_response", at(13))
    (stopped,) = story.of(SlaClockStopped)
    assert (stopped.clock, stopped.reason) == ("first_response", "too_many_events")


def test_a_loop_fills_no_row_and_a_copy_of_an_event_in_it_is_a_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    story = overflowing(monkeypatch).read(stories.replied(at(10)))
    full = story.row
    for minute in range(50):
        story.read(stories.written_again(at(11) + minute * MINUTE), stories.replied(at(11) + minute * MINUTE))
        assert (story.row, story.reasons[-1]) == (full, "too_many_events")
    assert story.read(RECEIVED).reasons[-1] == "duplicate"


def test_a_complaint_of_too_many_events_is_dropped_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    story = overflowing(monkeypatch).read(stories.replied(at(10)), stories.closed(at(11))).wait(at(11, day=30))
    assert (story.row, story.reasons[-1]) == (None, "expired")


def test_an_event_that_moves_no_clock_does_not_hide_what_is_due() -> None:
    story = Desk(BOOK).read(RECEIVED, stories.routed(RECEIVED), stories.assigned(at(14)))
    assert len(story.of(SlaBreached)) == 1


def test_a_complaint_without_a_policy_has_no_clocks_and_is_kept_for_when_it_gets_one() -> None:
    book = stories.book({"match": {"severity": ["high"]}, "clocks": {"resolution": stories.clock("8h")}})
    story = Desk(book).read(RECEIVED, stories.routed(RECEIVED))
    assert story.clocks == {}
    story.read(stories.reclassified(at(10), severity="high"))
    assert story.of(SlaClocksChanged)[-1].clocks[0].due_at == at(17)
