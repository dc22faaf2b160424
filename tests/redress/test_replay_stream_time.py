"""A replay's clock: events in, events with every full hour between them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from redress.replay.stream_time import HOUR, add_full_hours, make_clock_advanced
from schemas.events import ComplaintClosed
from schemas.ids import derived_id

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def closed(at: datetime) -> ComplaintClosed:
    return ComplaintClosed(event_id=derived_id(str(at)), complaint_id=derived_id("c"), occurred_at=at, recorded_at=NOW)


def test_an_hour_comes_after_all_that_happened_up_to_it():
    at_noon, later = closed(NOON), closed(NOON + timedelta(minutes=90))
    steps = list(add_full_hours([at_noon, later], timedelta(), NOW))
    assert steps == [NOON - HOUR, at_noon, NOON, NOON + HOUR, later, NOON + 2 * HOUR]


def test_time_runs_on_to_the_horizon():
    steps = list(add_full_hours([closed(NOON)], timedelta(days=90), NOW))
    assert steps[-1] == NOON + timedelta(days=90)
    assert len(steps) == 3 + 90 * 24


def test_time_does_not_pass_the_wall_clock():
    now = NOON + timedelta(minutes=150)
    assert list(add_full_hours([closed(NOON)], timedelta(days=90), now))[-1] == NOON + 2 * HOUR


def test_no_history_has_no_time():
    assert list(add_full_hours([], timedelta(days=90), NOW)) == []


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(0, 5_000))
def test_every_hour_comes_once_and_no_event_after_its_hour(minutes, horizon):
    events = [closed(NOON + timedelta(minutes=minute)) for minute in sorted(minutes)]
    steps = list(add_full_hours(events, timedelta(minutes=horizon), NOW))
    hours = [step for step in steps if isinstance(step, datetime)]
    assert hours == [hours[0] + HOUR * number for number in range(len(hours))]
    assert [step for step in steps if not isinstance(step, datetime)] == events
    assert hours[-1] >= events[-1].occurred_at + timedelta(minutes=horizon)
    time = NOON - HOUR
    for step in steps:
        if isinstance(step, datetime):
            time = step
        else:
            assert step.occurred_at > time


def test_clock_records_have_an_id_per_topic_partition_and_hour():
    def event_id(topic: str, partition: int, to: datetime) -> str:
        return make_clock_advanced(topic, partition, to, NOW).event_id

    places = [("complaint-events", 0, NOON), ("complaint-events", 1, NOON), ("survey-responses", 0, NOON),
              ("complaint-events", 0, NOON + HOUR)]  # fmt: skip
    assert len({event_id(*place) for place in places}) == 4
    assert event_id(*places[0]) == event_id(*places[0])
