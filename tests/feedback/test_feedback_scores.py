"""Scores become counts, and counts a share with an honest interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain.scores import Share, compute_share, compute_wilson_interval, count_score, is_valid_score


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # the mirror images of the last two, and the smallest there are
        (20, 20, 0.8389, 1.0),
        (28, 29, 0.8282, 0.9939),
        (1, 1, 0.2065, 1.0),
        (0, 1, 0.0, 0.7935),
    ],
)
def test_the_interval_agrees_with_published_values(successes, n, low, high):
    assert compute_wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_between_nothing_and_all(case):
    successes, n = case
    low, high = compute_wilson_interval(successes, n)
    assert 0.0 <= low <= successes / n <= high <= 1.0
    assert low < high


@given(st.integers(1, 10**6))
def test_nobody_and_everybody_satisfied_are_the_ends_exactly(n):
    assert compute_wilson_interval(0, n)[0] == 0.0
    assert compute_wilson_interval(n, n)[1] == 1.0


@pytest.mark.parametrize(
    ("score", "counts"),
    [
        (1, {"n": 1, "score_1": 1}),
        (3, {"n": 1, "score_3": 1}),
        (4, {"n": 1, "satisfied": 1, "score_4": 1}),
        (5, {"n": 1, "satisfied": 1, "score_5": 1}),
    ],
)
def test_four_and_five_are_satisfied(score, counts):
    assert count_score(score) == counts


@pytest.mark.parametrize("score", [-1, 0, 6, 10, 2**52])
def test_only_one_to_five_is_a_score(score):
    assert not is_valid_score("csat", score)
    assert all(is_valid_score("csat", known) for known in range(1, 6))


def test_a_share_is_of_the_answers():
    share = compute_share({"n": 4, "satisfied": 3, "score_5": 3, "score_1": 1})
    assert (share.n, share.score) == (4, 0.75)
    assert (share.low, share.high) == compute_wilson_interval(3, 4)


@pytest.mark.parametrize("counts", [{}, {"n": 0}, {"n": -1}, {"n": 1, "satisfied": 2}, {"n": 1, "satisfied": -1}])
def test_without_answers_there_is_no_share(counts):
    assert compute_share(counts) == Share(counts.get("n", 0), None, None, None)
