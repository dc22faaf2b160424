"""How late an alert is: by the wall clock, and in stream time by the partition's own time."""

from __future__ import annotations

import pytest

from schemas.derived import SlaBreached
from services.sla_monitor.domain.decision import Decision, Moment
from services.sla_monitor.domain.monitor import Monitor
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

BOOK = stories.book({"clocks": {"resolution": stories.clock("1h")}})
RECEIVED = stories.received(at(9))
YEARS_LATER = microseconds(at(0, day=4_000))


def read(stream_time: bool, now: float, recorded: int) -> Decision:
    return Monitor(BOOK, stream_time=stream_time).on_event(None, RECEIVED, Moment(microseconds(at(now)), recorded))


def test_in_stream_time_a_lag_is_in_the_partitions_own_time() -> None:
    (alert,) = read(stream_time=True, now=10.5, recorded=YEARS_LATER).alerts
    assert alert.lag_seconds == 1_800


@pytest.mark.parametrize(("looks", "lag"), [(10, 0), (10.25, 900)])
def test_in_wall_time_a_lag_is_in_the_wall_clocks_time(looks: float, lag: float) -> None:
    story = Desk(BOOK).read(RECEIVED, stories.routed(RECEIVED))
    story.look(at(looks))
    (breach,) = story.of(SlaBreached)
    assert breach.lag_seconds == lag
