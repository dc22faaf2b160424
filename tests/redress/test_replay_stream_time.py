"""A replay's clock: events in, events with the instants that time comes to between them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redress.replay.stream_time import HOUR, advance_time, make_clock_advanced
from schemas.events import ComplaintClosed
from schemas.ids import derived_id

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def closed(at: datetime) -> ComplaintClosed:
    return ComplaintClosed(event_id=derived_id(str(at)), complaint_id=derived_id("c"), occurred_at=at, recorded_at=NOW)


def test_an_hour_comes_after_all_that_happened_up_to_it():
    at_noon, later = closed(NOON), closed(NOON + timedelta(minutes=90))
    steps = list(advance_time([at_noon, later], timedelta(), NOW))
    assert steps == [NOON - HOUR, at_noon, NOON, NOON + HOUR, later, NOON + 2 * HOUR]


def test_where_nothing_happens_steps_grow_up_to_the_hour_before_the_next_event():
    at_noon, next_day = closed(NOON), closed(NOON + timedelta(hours=24, minutes=30))
    steps = list(advance_time([at_noon, next_day], timedelta(), NOW))
    hours = [(step - NOON) / HOUR for step in steps if isinstance(step, datetime)]
    assert hours == [-1, 0, 2, 6, 14, 24, 25]


def test_one_row_of_1970_costs_a_few_time_records():
    first, last = closed(datetime(1970, 1, 1, 0, 30, tzinfo=UTC)), closed(datetime(2025, 6, 1, tzinfo=UTC))
    steps = list(advance_time([first, last], timedelta(days=90), NOW))
    assert len(steps) < 50
    assert steps[0] > datetime(1970, 1, 1, tzinfo=UTC), "0 is no time yet"


def test_time_runs_on_to_the_horizon_in_growing_steps():
    steps = list(advance_time([closed(NOON)], timedelta(days=90), NOW))
    assert steps[-1] == NOON + timedelta(days=90)
    assert len(steps) < 20


@pytest.mark.parametrize("horizon", [timedelta(days=90), timedelta(weeks=999_999)])
def test_time_does_not_pass_the_wall_clock(horizon):
    now = NOON + timedelta(minutes=150)
    assert list(advance_time([closed(NOON)], horizon, now))[-1] == NOON + 2 * HOUR


def test_no_history_has_no_time():
    assert list(advance_time([], timedelta(days=90), NOW)) == []


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(0, 5_000))
def test_time_comes_just_up_to_each_event_and_never_past_one_that_is_to_come(minutes, horizon):
    events = [closed(NOON + timedelta(minutes=minute)) for minute in sorted(minutes)]
    steps = list(advance_time(events, timedelta(minutes=horizon), NOW))
    times = [step for step in steps if isinstance(step, datetime)]
    assert times == sorted(set(times))
    assert all(time.minute == time.second == 0 for time in times)
    assert [step for step in steps if not isinstance(step, datetime)] == events
    assert times[-1] >= events[-1].occurred_at + timedelta(minutes=horizon)
    time = steps[0]
    for step in steps:
        if isinstance(step, datetime):
            time = step
        else:
            assert HOUR >= step.occurred_at - time > timedelta()


def test_clock_records_have_an_id_per_topic_partition_and_hour():
    def event_id(topic: str, partition: int, to: datetime) -> str:
        return make_clock_advanced(topic, partition, to, NOW).event_id

    places = [("complaint-events", 0, NOON), ("complaint-events", 1, NOON), ("survey-responses", 0, NOON),
              ("complaint-events", 0, NOON + HOUR)]  # fmt: skip
    assert len({event_id(*place) for place in places}) == 4
    assert event_id(*places[0]) == event_id(*places[0])
