"""How severe a complaint that is due is: what decides which is told first of many that fell due in an outage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.sla_monitor.domain.decision import Moment
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

BREACH, HIGH, MEDIUM, LOW = range(4)
BOOK = stories.book(
    {
        "clocks": {
            "first_response": stories.clock("4h", warn={25: "low", 50: "medium", 75: "high"}),
            "resolution": stories.clock("8h", warn={75: "medium"}),
        }
    }
)
RECEIVED = stories.received(at(9))
ROUTED = stories.routed(RECEIVED)


def severity(story: Desk, now: datetime) -> int | None:
    assert story.row is not None
    return story.monitor.severity(story.row, Moment(microseconds(now), microseconds(now)))


@pytest.mark.parametrize(("hour", "expected"), [(9.5, None), (10, LOW), (11, MEDIUM), (12, HIGH), (13, BREACH)])
def test_it_is_that_of_the_worst_alert_that_has_passed(hour: float, expected: int | None) -> None:
    assert severity(Desk(BOOK).read(RECEIVED, ROUTED), at(hour)) == expected


def test_what_was_told_already_does_not_count() -> None:
    story = Desk(BOOK).read(RECEIVED, ROUTED).wait(at(13.5))
    assert severity(story, at(14)) is None
    assert severity(story, at(15)) == MEDIUM


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([stories.replied(at(9))], id="of a complaint that nobody knows"),
        pytest.param([RECEIVED, ROUTED, stories.closed(at(9.5))], id="of one that was closed"),
    ],
)
def test_nothing_is_to_be_told(events: list[Any]) -> None:
    assert severity(Desk(BOOK).read(*events), at(13)) is None


def test_nothing_is_to_be_told_before_the_grace_for_the_first_routing_is_over() -> None:
    story = Desk(BOOK).read(RECEIVED, now=at(12.999))
    assert severity(story, at(13)) is None
    assert severity(story, at(13.1)) == BREACH
