from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.partition_time import AnnouncedClock, WallClock

EVENTS, ROUTED = "complaint-events", "complaints-routed"


def wall() -> WallClock:
    return WallClock(frozenset({EVENTS, ROUTED}))


def test_wall_time_comes_to_the_wall_clock_when_all_positions_have_reached_the_ends():
    clock = wall()
    assert clock.tick(1_000, {EVENTS: 5, ROUTED: 2}, {EVENTS: 5, ROUTED: 2})
    assert clock.now == 1_000


def test_wall_time_stands_while_a_lagging_topic_has_given_nothing_to_read():
    clock = wall()
    assert not clock.tick(1_000, {EVENTS: 5, ROUTED: 2}, {EVENTS: 0, ROUTED: 2})
    assert clock.now == 0


def test_wall_time_in_a_backlog_is_the_lowest_instant_last_read_among_the_topics_that_lag():
    clock = wall()
    clock.read(EVENTS, 300)
    clock.read(ROUTED, 200)
    clock.tick(1_000, {EVENTS: 5, ROUTED: 2}, {EVENTS: 1, ROUTED: 1})
    assert clock.now == 200
    clock.tick(1_100, {EVENTS: 6, ROUTED: 2}, {EVENTS: 1, ROUTED: 2})
    assert clock.now == 300


def test_wall_time_under_steady_load_comes_to_what_was_noted_and_not_to_the_newest_end():
    clock = wall()
    clock.read(EVENTS, 10)
    clock.tick(1_000, {EVENTS: 5}, {EVENTS: 1})
    clock.tick(2_000, {EVENTS: 50}, {EVENTS: 5})
    assert clock.now == 1_000


def test_a_topic_that_is_not_behind_does_not_let_time_pass_what_it_was_noted_at():
    clock = wall()
    clock.read(EVENTS, 5_000)
    clock.tick(1_000, {EVENTS: 9, ROUTED: 2}, {EVENTS: 1, ROUTED: 2})
    assert clock.now == 1_000


def test_wall_time_begins_at_the_first_record_so_that_nothing_is_kept_from_1970_on():
    clock = wall()
    assert clock.begin(700)
    assert not clock.begin(900)
    assert clock.now == 700


def test_a_topic_that_is_no_clock_topic_holds_nothing_back():
    clock = WallClock(frozenset({EVENTS}))
    clock.read("sla-alerts", 1)
    clock.tick(1_000, {EVENTS: 0}, {EVENTS: 0})
    assert clock.now == 1_000


def test_wall_time_comes_to_a_noted_tick_as_soon_as_what_was_there_then_is_read():
    clock = WallClock(frozenset({EVENTS}))
    clock.tick(1_000, {EVENTS: 5}, {EVENTS: 3})
    assert not clock.reach({EVENTS: 4})
    assert clock.reach({EVENTS: 5})
    assert clock.now == 1_000
    assert not clock.reach({EVENTS: 9})


def test_what_is_read_moves_no_announced_clock():
    assert not AnnouncedClock(frozenset({EVENTS})).reach({EVENTS: 5})


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 10), st.integers(0, 10), st.integers(0, 200))))
def test_wall_time_never_goes_back_and_never_passes_the_wall_clock(steps):
    clock, wall_now = WallClock(frozenset({EVENTS})), 0
    for passed, end, position, recorded in steps:
        before, wall_now = clock.now, wall_now + passed
        clock.read(EVENTS, recorded)
        clock.tick(wall_now, {EVENTS: end}, {EVENTS: position})
        assert before <= clock.now <= wall_now


def test_announced_time_stands_until_everybody_has_spoken_and_is_the_lowest_said():
    clock = AnnouncedClock(frozenset({"0", "1"}))
    assert not clock.announce("0", 500)
    assert clock.announce("1", 300)
    assert clock.now == 300
    assert not clock.announce("1", 200)
    assert clock.now == 300


def test_who_is_no_announcer_moves_no_announced_clock():
    clock = AnnouncedClock(frozenset({EVENTS}))
    assert not clock.announce("7", 500)
    assert clock.now == 0


def test_a_clock_goes_on_from_what_it_stored():
    clock = AnnouncedClock(frozenset({"0", "1"}))
    clock.announce("0", 500)
    clock.announce("1", 300)
    again = AnnouncedClock(frozenset({"0", "1"}))
    again.restore(clock.store())
    assert again.now == 300
    assert again.announce("1", 600)
    assert again.now == 500
