"""A deadline that is extended: by a target or until an instant, and only before it has passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from schemas.derived import SlaAlertWithdrawn, SlaBreached, SlaWarning
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

RECEIVED = stories.received(at(9))


def desk(target: str = "8h", **settings: Any) -> Desk:
    clock = stories.clock(target, **{"pause_on": ["customer"]} | settings)
    return Desk(stories.book({"clocks": {"resolution": clock}})).read(RECEIVED, stories.routed(RECEIVED))


def due(story: Desk) -> datetime | None:
    instant: datetime | None = story.clocks["resolution"].due_at
    return instant


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"by": "2h"}, at(19), id="by working time"),
        pytest.param({"by": "1d"}, at(17, day=1), id="by a day"),
        pytest.param({"until": at(20)}, at(20), id="until an instant"),
        pytest.param({"by": "2h", "occurred_at": at(17)}, at(19), id="at the very due instant"),
        pytest.param({"until": at(12)}, at(17), id="until before it is due: never sooner"),
        pytest.param({"by": "2h", "clock": "first_response"}, at(17), id="another clock"),
    ],
)
def test_an_extension_moves_the_due_instant_of_its_clock(said: dict[str, Any], expected: datetime) -> None:
    assert due(desk().read(stories.extended(at(10), **said))) == expected


def test_working_days_are_added_to_the_day_on_which_it_was_due() -> None:
    story = desk("2bd", calendar="office").read(stories.extended(at(10), by="3bd"))
    assert due(story) == at(17, day=7)


def test_extensions_add_up() -> None:
    story = desk().read(stories.extended(at(10), by="2h"), stories.extended(at(18), "again", by="1h"))
    assert due(story) == at(20)


def test_an_extension_that_is_granted_when_the_clock_was_due_already_changes_nothing() -> None:
    story = desk().wait(at(17)).read(stories.extended(at(17.5), by="4h"))
    assert [alert.occurred_at for alert in story.wait(at(23)).of(SlaBreached)] == [at(17)]
    assert due(story) == at(17)


def test_an_extension_that_is_read_late_takes_a_breach_back() -> None:
    story = desk().wait(at(17)).read(stories.extended(at(16), by="1h"), now=at(17.2))
    assert [withdrawal.reason for withdrawal in story.of(SlaAlertWithdrawn)] == ["due_later"]
    assert [alert.due_at for alert in story.wait(at(23)).standing.values()] == [at(18)]


def test_a_pause_after_an_extension_moves_what_was_extended() -> None:
    story = desk().read(stories.extended(at(10), by="2h"), stories.paused(at(18)), stories.resumed(at(18.5)))
    assert due(story) == at(19.5)


def test_no_extended_due_instant_lies_within_a_pause() -> None:
    story = desk("1bd", calendar="office").read(stories.extended(at(10), by="1bd"))
    story.read(stories.paused(at(16, day=2)), stories.resumed(at(20, day=2)))
    assert due(story) == at(20, day=2)


def test_a_pause_after_the_extended_due_instant_moves_nothing() -> None:
    story = desk().read(stories.extended(at(10), by="2h"), stories.paused(at(20)), stories.resumed(at(21)))
    assert due(story) == at(19)


def test_a_pause_before_an_extension_is_counted_once() -> None:
    story = desk().read(stories.paused(at(10)), stories.resumed(at(11)), stories.extended(at(17.5), by="2h"))
    assert due(story) == at(20)


def test_an_extension_may_be_granted_while_the_clock_is_paused() -> None:
    story = desk().read(stories.paused(at(16)), stories.extended(at(20), by="2h"))
    assert story.clocks["resolution"].remaining_seconds == 3 * 3600
    assert due(story.read(stories.resumed(at(21)))) == at(24)


def test_a_warning_that_was_given_stands_and_one_that_was_not_comes_later() -> None:
    story = desk(warn={25: "low", 75: "high"}).wait(at(12)).read(stories.extended(at(12), by="4h")).wait(at(23))
    assert [(alert.threshold, alert.occurred_at, alert.due_at) for alert in story.of(SlaWarning)] == [
        (25, at(11), at(17)),
        (75, at(18), at(21)),
    ]


@pytest.mark.parametrize("said", [{}, {"by": "0bd"}, {"by": "367d"}, {"by": "8785h"}, {"by": "2h", "until": at(20)}])
def test_an_extension_that_says_nothing_that_can_be_read_is_refused_and_changes_nothing(said: dict[str, Any]) -> None:
    story = desk()
    before = story.row
    story.read(stories.extended(at(10), **said))
    assert (story.reasons[-1], story.row) == ("unreadable_extension", before)
