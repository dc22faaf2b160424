"""A window's sums, its summaries, and how long it can still be corrected."""

from __future__ import annotations

from datetime import timedelta
from math import isnan

import pytest
from prometheus_client import REGISTRY

from schemas.derived import DimensionCounted
from schemas.ids import derived_id
from services.feedback.domain.invalid_event import InvalidEvent
from services.feedback.domain.scores import compute_wilson_interval
from services.feedback.domain.window import Window, WindowKey
from services.feedback.domain.window_summaries import KEPT_WHEN_CLOSED, add_counts, find_expiry, summarise
from services.feedback.score_gauge import ScoreGauge
from tests.feedback.stories import RULES, at

LATENESS = timedelta(hours=1)
CELL = WindowKey("csat", "queue", "billing", at(0), at(60))
FIVE = {"n": 1, "satisfied": 1, "score_5": 1}
ONE = {"n": 1, "score_1": 1}


def counted(counts: dict[str, int]) -> DimensionCounted:
    return DimensionCounted(
        event_id=derived_id(str(counts)),
        cause_event_id=derived_id("answer"),
        occurred_at=at(5),
        recorded_at=at(6),
        metric="csat",
        dimension="queue",
        value="billing",
        window_start=at(0),
        window_end=at(60),
        counts=counts,
    )


def added(*changes: dict[str, int], now: float = 10) -> Window:
    window = None
    for counts in changes:
        window = add_counts(window, counted(counts), at(now), LATENESS).window
    assert window is not None
    return window


def taken_back(counts: dict[str, int]) -> dict[str, int]:
    return {name: -count for name, count in counts.items()}


def test_a_summary_says_the_share_its_n_and_its_interval():
    summary = summarise(added(FIVE, FIVE, ONE), at(11)).summary
    assert (summary.dimension, summary.value, summary.metric) == ("queue", "billing", "csat")
    assert (summary.window_start, summary.window_end) == (at(0), at(60))
    assert summary.counts == {"n": 3, "satisfied": 2, "score_1": 1, "score_5": 2}
    assert (summary.n, summary.score) == (3, pytest.approx(2 / 3))
    assert (summary.low, summary.high) == compute_wilson_interval(2, 3)
    assert (summary.revision, summary.recorded_at, summary.occurred_at) == (1, at(11), at(0))


def test_a_thousand_answers_between_two_looks_are_one_summary():
    window = added(*[FIVE] * 1_000)
    assert summarise(window, at(11)).summary.n == 1_000
    assert summarise(summarise(window, at(11)).window, at(12)).reason == "unchanged"


def test_a_change_is_published_with_the_next_revision_and_another_id():
    first = summarise(added(FIVE), at(11))
    second = summarise(add_counts(first.window, counted(ONE), at(12), LATENESS).window, at(13))
    assert (second.summary.revision, second.summary.n) == (2, 2)
    assert second.summary.event_id != first.summary.event_id
    assert second.summary.cause_event_id == first.summary.cause_event_id


def test_what_was_taken_back_before_anyone_looked_is_not_published():
    window = added(FIVE, taken_back(FIVE))
    assert window.counts == {}
    assert summarise(window, at(11)).reason == "unchanged"
    shown = summarise(added(ONE), at(11)).window
    for counts in FIVE, taken_back(FIVE):
        shown = add_counts(shown, counted(counts), at(12), LATENESS).window
    assert summarise(shown, at(13)).reason == "unchanged"


def test_a_window_with_nothing_left_is_withdrawn_and_may_come_back_with_a_higher_revision():
    shown = summarise(added(FIVE), at(11)).window
    emptied = summarise(add_counts(shown, counted(taken_back(FIVE)), at(12), LATENESS).window, at(13))
    assert (emptied.reason, emptied.summary) == ("emptied", None)
    assert summarise(emptied.window, at(14)).reason == "unchanged"
    back = summarise(add_counts(emptied.window, counted(ONE), at(15), LATENESS).window, at(16))
    assert back.summary.revision == 2


@pytest.mark.parametrize(
    ("now", "reason"),
    [(at(0), "counted"), (at(120) - timedelta(milliseconds=1), "counted"), (at(120), "corrected")],
)
def test_a_window_closes_when_its_lateness_is_over_and_is_corrected_after_that(now, reason):
    assert add_counts(None, counted(FIVE), now, LATENESS).reason == reason
    assert add_counts(added(ONE), counted(FIVE), now, LATENESS).reason == reason


def test_a_window_that_was_forgotten_is_not_begun_again():
    end = at(120) + KEPT_WHEN_CLOSED
    assert find_expiry(CELL, LATENESS) == end
    assert add_counts(None, counted(FIVE), end - timedelta(milliseconds=1), LATENESS).reason == "corrected"
    assert add_counts(None, counted(FIVE), end, LATENESS).reason == "too_late"
    assert add_counts(added(ONE), counted(FIVE), end, LATENESS).window.counts["n"] == 2


def test_a_sum_that_json_could_not_hold_is_refused():
    with pytest.raises(InvalidEvent) as refused:
        added({"n": 2**53 - 1}, {"n": 1})
    assert refused.value.reason == "count_out_of_range"


def test_counts_that_no_answers_could_give_make_no_share():
    summary = summarise(added({"satisfied": 3, "n": 1}), at(11)).summary
    assert (summary.n, summary.score, summary.low, summary.high) == (1, None, None, None)


def test_the_gauge_shows_windows_of_the_first_width_alone():
    gauge = ScoreGauge(RULES, frozenset({"gauged"}))
    hour, day = (
        WindowKey("csat", "queue", "gauged", at(0), at(60)),
        WindowKey("csat", "queue", "gauged", at(840), at(2280)),
    )
    labels = {"metric": "csat", "dimension": "queue", "value": "gauged"}
    gauge.show("owner", Window(hour, FIVE))
    gauge.show("owner", Window(day, ONE))
    assert REGISTRY.get_sample_value("redress_feedback_score", labels) == 1.0
    gauge.show("owner", Window(hour, {}))
    assert isnan(REGISTRY.get_sample_value("redress_feedback_score", labels))
