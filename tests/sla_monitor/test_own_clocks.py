"""Clocks that a policy defines for itself: which events start and stop them, and how many of each it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from schemas.derived import SlaBreached, SlaClockStopped
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

RECEIVED = stories.received(at(9))
START = (RECEIVED, stories.routed(RECEIVED))


def desk(**clocks: dict[str, Any]) -> Desk:
    return Desk(stories.book({"clocks": clocks})).read(*START)


def own(starts: str, stops: Any, **settings: Any) -> dict[str, Any]:
    return stories.clock("4h", starts=[starts], stops=stops, **settings)


def holding(hour: float) -> Any:
    return stories.replied(at(hour), kind="holding")


def state(story: Desk, clock: str) -> str:
    status: str = story.clocks[clock].state
    return status


@pytest.mark.parametrize(("kind", "ends"), [("holding", True), ("final", True), ("reply", False), ("callback", False)])
def test_a_clock_that_waits_for_a_holding_or_a_final_reply_goes_on_over_any_other(kind: str, ends: bool) -> None:
    story = desk(answer=own("complaint_received", ["holding_reply", "final_reply"]))
    story.read(stories.replied(at(10), kind=kind))
    assert state(story, "answer") == ("met" if ends else "running")


@pytest.mark.parametrize("kind", ["reply", "holding", "final", "callback"])
def test_any_reply_of_a_person_is_a_first_response(kind: str) -> None:
    story = desk(first_response=stories.clock("4h")).read(stories.replied(at(10), kind=kind))
    assert state(story, "first_response") == "met"


def test_an_automatic_holding_reply_is_none() -> None:
    story = desk(answer=own("complaint_received", ["holding_reply"]))
    assert state(story.read(stories.replied(at(10), kind="holding", automatic=True)), "answer") == "running"


def test_a_second_notice_is_stopped_by_the_second_holding_reply_or_by_the_final_one() -> None:
    def story() -> Desk:
        return desk(second=own("complaint_received", {"holding_reply": 2, "final_reply": 1})).read(holding(10))

    assert state(story(), "second") == "running"
    assert state(story().read(holding(11)), "second") == "met"
    assert state(story().read(stories.replied(at(11), kind="final")), "second") == "met"


def test_one_holding_reply_that_is_read_twice_is_one() -> None:
    story = desk(second=own("complaint_received", {"holding_reply": 2})).read(holding(10), holding(10))
    assert state(story, "second") == "running"


def test_a_new_cycle_counts_its_holding_replies_anew() -> None:
    stops = {"holding_reply": 2, "complaint_resolved": 1}
    story = desk(second=own("complaint_received", stops, on_reopen="restart"))
    story.read(holding(9.5), stories.resolved(at(10)), stories.reopened(at(11)), holding(12))
    assert state(story, "second") == "running"
    assert state(story.read(holding(13)), "second") == "met"


def test_a_clock_may_start_with_another_event_and_breaches_by_that() -> None:
    story = desk(callback=own("complaint_escalated", ["callback"]))
    assert "callback" not in story.clocks
    story.read(stories.escalated(at(12))).wait(at(20))
    assert [(alert.clock, alert.started_at, alert.occurred_at) for alert in story.of(SlaBreached)] == [
        ("callback", at(12), at(16))
    ]


def test_a_clock_that_waits_for_the_closing_is_met_by_it_and_not_cancelled() -> None:
    story = desk(closing=own("complaint_resolved", ["complaint_closed"]))
    story.read(stories.resolved(at(10)), stories.closed(at(11)))
    assert state(story, "closing") == "met"


def test_a_withdrawal_cancels_a_clock_of_ones_own() -> None:
    story = desk(answer=own("complaint_received", ["final_reply"])).read(stories.withdrawn(at(10)))
    assert state(story, "answer") == "cancelled"


@pytest.mark.parametrize(
    ("settings", "after", "due"),
    [
        pytest.param({}, "met", None, id="nothing said"),
        pytest.param({"on_reopen": "resume"}, "running", at(15), id="resume"),
        pytest.param({"on_reopen": "restart"}, "running", at(16), id="restart"),
    ],
)
def test_a_reopening_sets_it_going_again_as_it_says(settings: dict[str, Any], after: str, due: datetime | None) -> None:
    story = desk(answer=own("complaint_received", ["complaint_resolved"], **settings))
    story.read(stories.resolved(at(10)), stories.reopened(at(12)))
    assert state(story, "answer") == after
    if due is not None:
        assert story.clocks["answer"].due_at == due


def test_the_stop_of_a_breached_clock_says_which_event_it_was() -> None:
    story = desk(answer=own("complaint_received", ["holding_reply"])).wait(at(14)).read(holding(15))
    assert [(stop.reason, stop.overrun_seconds) for stop in story.of(SlaClockStopped)] == [("agent_replied", 7200)]
