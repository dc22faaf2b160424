"""A rate: so many at once after a rest, so many a second in the long run, and a wait that is neither more nor less."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.rate_limit import SECOND, Rate, take

RATES = st.builds(Rate, st.floats(0.01, 100_000), st.integers(1, 50))
GAPS = st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=60)
START = 5 * 86_400 * SECOND


def ask(rate, instants):
    """The instants at which it was allowed."""
    allowed, paid_until = [], 0
    for instant in instants:
        paid_until, wait = take(rate, paid_until, instant)
        allowed += [instant] * (not wait)
    return allowed


def test_after_a_rest_a_burst_is_allowed_and_no_more():
    assert len(ask(Rate(10, 25), [START] * 100)) == 25


def test_one_more_is_allowed_each_time_that_its_interval_has_passed():
    every_millisecond = range(START, START + 2 * SECOND, SECOND // 1_000)
    assert len(ask(Rate(10, 5), every_millisecond)) == 5 + 19


def test_the_first_request_is_allowed_at_the_start_of_the_clock():
    assert take(Rate(1, 1), 0, 0).wait == 0


@given(RATES, GAPS)
def test_in_any_time_no_more_are_allowed_than_a_burst_and_what_the_rate_gives(rate, gaps):
    allowed = ask(rate, accumulate(gaps, initial=START))
    interval = round(SECOND / rate.per_second)
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            assert last - first + 1 <= rate.burst + (allowed[last] - allowed[first]) / interval


@given(RATES, st.integers(1, 200))
def test_who_keeps_to_the_rate_is_never_refused(rate, number):
    interval = round(SECOND / rate.per_second)
    assert len(ask(rate, (START + index * interval for index in range(number)))) == number


@given(RATES, GAPS)
def test_who_waits_as_long_as_told_is_allowed_and_a_nanosecond_sooner_is_not(rate, gaps):
    paid_until = 0
    for instant in accumulate(gaps, initial=START):
        paid_until, wait = take(rate, paid_until, instant)
        if wait:
            assert take(rate, paid_until, instant + wait).wait == 0
            assert take(rate, paid_until, instant + wait - 1).wait == 1
