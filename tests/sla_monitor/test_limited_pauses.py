"""``max_pause``: what all pauses of a cycle may take together, and what happens when it is used up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from schemas.derived import SlaBreached, SlaClocksChanged
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

RECEIVED = stories.received(at(9))


def desk(target: str = "8h", **settings: Any) -> Desk:
    clock = stories.clock(target, **{"pause_on": ["customer"], "max_pause": "2h"} | settings)
    return Desk(stories.book({"clocks": {"resolution": clock}})).read(RECEIVED, stories.routed(RECEIVED))


def status(story: Desk) -> tuple[str, datetime | None]:
    resolution = story.clocks["resolution"]
    return resolution.state, resolution.due_at


def test_a_pause_within_the_limit_moves_the_due_instant_by_itself() -> None:
    story = desk().read(stories.paused(at(10)), stories.resumed(at(11.5)))
    assert status(story) == ("running", at(18.5))


def test_a_pause_that_outlasts_the_limit_ends_there_without_an_event() -> None:
    story = desk().read(stories.paused(at(10)))
    assert status(story.wait(at(11.75))) == ("paused", None)
    assert status(story.wait(at(12))) == ("running", at(19))
    last = story.of(SlaClocksChanged)[-1]
    assert (last.occurred_at, last.cause_event_id) == (at(12), RECEIVED.event_id)
    assert [alert.occurred_at for alert in story.wait(at(23)).of(SlaBreached)] == [at(19)]


def test_what_comes_after_the_limit_changes_nothing() -> None:
    story = desk().read(stories.paused(at(10))).wait(at(13))
    story.read(stories.resumed(at(14)), stories.paused(at(15)), stories.resumed(at(16)))
    assert status(story) == ("running", at(19))
    assert [alert.pauses for alert in story.wait(at(20)).of(SlaBreached)] == [1]


def test_all_pauses_of_a_cycle_share_the_limit() -> None:
    story = desk().read(
        stories.paused(at(10)), stories.resumed(at(11.5)), stories.paused(at(13)), stories.resumed(at(15))
    )
    assert status(story) == ("running", at(19))
    assert [(alert.paused_seconds, alert.pauses) for alert in story.wait(at(23)).of(SlaBreached)] == [(7200, 2)]


def test_what_is_left_of_the_limit_shrinks_with_each_pause() -> None:
    hours = (10, 12, 14)
    pauses = [event for hour in hours for event in (stories.paused(at(hour)), stories.resumed(at(hour + 0.75)))]
    assert status(desk().read(*pauses)) == ("running", at(19))


def test_the_time_until_a_reopening_is_not_limited() -> None:
    story = desk().read(stories.resolved(at(10)), stories.reopened(at(16)), stories.paused(at(17)))
    assert status(story.wait(at(20))) == ("running", at(25))


def test_working_days_are_counted_by_those_that_begin_in_the_pause() -> None:
    story = desk("3bd", calendar="office", max_pause="1bd").read(stories.paused(at(10)))
    assert status(story.wait(at(16.9, day=1))) == ("paused", None)
    assert status(story.wait(at(17, day=1))) == ("running", at(17, day=4))


def test_a_limit_of_another_unit_is_counted_in_its_own() -> None:
    story = desk("8h", calendar="office", max_pause="1d").read(stories.paused(at(10)))
    assert status(story.wait(at(9.9, day=1))) == ("paused", None)
    assert status(story.wait(at(10, day=1)))[0] == "running"


@pytest.mark.parametrize("limit", ["0h", "0d", "0cd"])
def test_a_limit_of_nothing_allows_no_pause(limit: str) -> None:
    story = desk(max_pause=limit).read(stories.paused(at(10)))
    assert status(story) == ("running", at(17))
