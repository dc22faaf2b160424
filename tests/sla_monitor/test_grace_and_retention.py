"""Before a complaint is known, before it is routed, and after it has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.derived import SlaBreached, SlaClocksChanged
from services.sla_monitor.domain import monitor
from services.sla_monitor.domain.alerts.messages import Fired
from services.sla_monitor.domain.decision import Moment
from services.sla_monitor.domain.monitor import Monitor
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

SECOND = timedelta(seconds=1)
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
    assert story.reasons[-1] == "held_expired"


def test_a_partition_that_does_not_know_the_time_yet_does_not_expire_what_it_holds() -> None:
    decision = Monitor(BOOK, stream_time=False).on_event(None, stories.replied(at(10)), Moment(0, microseconds(at(10))))
    assert decision.due == microseconds(at(10, day=7))


def test_a_complaint_whose_clocks_have_ended_shrinks_after_the_reopening_window_and_is_forgotten_later() -> None:
    story = Desk(BOOK).read(RECEIVED, stories.replied(at(10)), stories.resolved(at(11)))
    whole = len(story.row or b"")
    story.wait(at(11, day=30) - SECOND)
    assert len(story.row or b"") >= whole
    story.wait(at(11, day=30))
    assert 0 < len(story.row or b"") < 50
    assert story.reasons[-1] == "left"
    story.wait(at(11, day=60))
    assert (story.row, story.reasons[-1]) == (None, "forgotten")


def test_a_reopening_within_the_window_keeps_the_complaint() -> None:
    story = Desk(BOOK).read(RECEIVED, stories.replied(at(10)), stories.resolved(at(11)))
    story.wait(at(10, day=29)).read(stories.reopened(at(10, day=29))).wait(at(0, day=40))
    assert story.clocks["resolution"].state == "breached"
    assert len(story.row or b"") > 50


def test_a_complaint_with_a_running_clock_stays() -> None:
    story = Desk(BOOK).read(RECEIVED, stories.resolved(at(11))).wait(at(0, day=99))
    assert story.clocks["first_response"].state == "breached"
    assert len(story.row or b"") > 50


@pytest.mark.parametrize("event", [stories.reopened(at(0, day=35)), RECEIVED])
def test_an_event_for_a_complaint_that_has_left_is_refused_and_changes_nothing(event) -> None:
    story = Desk(BOOK).read(RECEIVED, stories.closed(at(11))).wait(at(0, day=35))
    before, said = story.row, len(story.published)
    story.read(event, now=at(0, day=35))
    assert (story.row, story.reasons[-1], len(story.published)) == (before, "complaint_left", said)


def test_a_complaint_grows_to_so_many_events_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "MOST_EVENTS", 5)
    story = Desk(BOOK).read(RECEIVED, *(stories.assigned(at(9), str(number)) for number in range(4)))
    full = story.row
    story.read(stories.replied(at(10)))
    assert (story.row, story.reasons[-1]) == (full, "too_many_events")
    assert story.read(RECEIVED).reasons[-1] == "duplicate"
    assert len(story.wait(at(13)).of(SlaBreached)) == 1


def test_an_event_that_moves_no_clock_does_not_hide_what_is_due() -> None:
    story = Desk(BOOK).read(RECEIVED, stories.routed(RECEIVED), stories.assigned(at(14)))
    assert len(story.of(SlaBreached)) == 1


def test_a_complaint_without_a_policy_has_no_clocks_and_is_kept_for_when_it_gets_one() -> None:
    book = stories.book({"match": {"severity": ["high"]}, "clocks": {"resolution": stories.clock("8h")}})
    story = Desk(book).read(RECEIVED, stories.routed(RECEIVED))
    assert story.clocks == {}
    story.read(stories.reclassified(at(10), severity="high"))
    assert story.of(SlaClocksChanged)[-1].clocks[0].due_at == at(17)
