"""Intervals tile a clock's run, and say of every stretch of it what the worker says of it in alerts and statuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.instants import rfc3339
from services.sla_monitor.review.explanation import explain
from services.sla_monitor.review.intervals import Interval, clip, intervals_of, length
from services.worktime.instants import microseconds
from tests.sla_monitor.recorded import conclusions
from tests.sla_monitor.stories import Desk, at
from tests.sla_monitor.test_fold_over_a_set import POLICIES, event_sets

END = at(0, day=12)
INSTANTS = st.integers(0, 12 * 24 * 60).map(lambda minutes: at(0) + timedelta(minutes=minutes))


def spent(some: list[Interval], until: int) -> tuple[int, int, int]:
    """What was worked, paused and closed by then."""
    before = clip(some, some[0].start, until) if some else []
    return length(before, "counted"), length(before, "paused"), length(before, "closed")


@settings(max_examples=400, deadline=None)
@given(event_sets(), INSTANTS)
def test_intervals_tile_the_cycle_and_agree_with_its_alerts_and_its_status(events: list[Any], now: datetime) -> None:
    for conclusion in conclusions(events, POLICIES, now):
        for assessment in conclusion.assessments:
            standing, cycle = assessment.standing, assessment.standing.cycle
            tiles = intervals_of(cycle, microseconds(now))
            end = microseconds(now) if cycle.ended is None else cycle.ended
            assert all(tile.start < tile.end for tile in tiles)
            assert all(before.end == after.start for before, after in pairwise(tiles))
            assert [tiles[0].start, tiles[-1].end] == [cycle.started, end] if tiles else cycle.started == end
            for alert in assessment.alerts:
                assert spent(tiles, alert.at) == (alert.worked, alert.paused, alert.closed)
            if cycle.ended is not None or standing.state == "paused":
                assert length(tiles, "counted") == standing.worked
            elif standing.state == "breached":
                assert spent(tiles, standing.due or 0)[0] == standing.worked
            if standing.overrun is not None:
                assert length(clip(tiles, standing.due or 0, end), "counted") == standing.overrun


@settings(max_examples=200, deadline=None)
@given(event_sets())
def test_a_worker_that_read_the_same_events_tells_the_same(events: list[Any]) -> None:
    desk = Desk(POLICIES, stream_time=True).read(*events, now=at(0)).wait(END)
    (conclusion,) = conclusions(events, POLICIES, END)
    lines = list(explain(conclusion, microseconds(END)))
    assert {
        alert["alert_id"]: (alert["threshold"], alert["level"], alert["at"], alert["due_at"])
        for line in lines
        for alert in line["alerts"]
    } == {
        alert_id: (alert.threshold, alert.level, rfc3339(alert.occurred_at), rfc3339(alert.due_at))
        for alert_id, alert in desk.standing.items()
    }
    told = [event.clocks for event in desk.published if event.type == "sla_clocks_changed"]
    assert [(line["clock"], line["cycle"], line["state"], line["due_at"], line["policy"]) for line in lines] == [
        (status.clock, status.cycle, status.state, status.due_at and rfc3339(status.due_at), status.policy)
        for status in (told[-1] if told else ())
    ]
