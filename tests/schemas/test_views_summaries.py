"""The view of feedback-summaries: its records in, the last summary of each window and sums over windows out."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.views.summaries import Summaries
from tests.schemas.view_records import add_all, in_one_go, readings, summary

HOUR = timedelta(hours=1)


def test_the_last_summary_of_a_window_stands_until_its_tombstone():
    corrected = summary("billing", {"n": 2})
    summaries = add_all(Summaries(), [("noon", summary("billing", {"n": 1})), ("noon", corrected)])
    assert dict(summaries.by_key) == {"noon": corrected}
    summaries.add("noon", None)
    assert summaries.by_key == {}


def test_counts_are_added_over_the_windows_of_each_value():
    windows = {
        "billing at noon": summary("billing", {"n": 3, "satisfied": 2, "score_5": 2, "score_1": 1}),
        "billing at one": summary("billing", {"n": 1, "satisfied": 1, "score_5": 1}),
        "fraud at noon": summary("fraud", {"n": 1, "score_2": 1}),
        "all at noon": summary("all", {"n": 4}, dimension="all"),
    }
    assert add_all(Summaries(), list(windows.items())).sum_windows("queue", HOUR) == {
        "billing": {"n": 4, "satisfied": 3, "score_5": 3, "score_1": 1},
        "fraud": {"n": 1, "score_2": 1},
    }


def test_an_answer_in_windows_of_two_widths_is_counted_once():
    both = [("hour", summary("billing", {"n": 1})), ("day", summary("billing", {"n": 1}, hours=24))]
    summaries = add_all(Summaries(), both)
    assert summaries.sum_windows("queue", HOUR) == summaries.sum_windows("queue", 24 * HOUR) == {"billing": {"n": 1}}
    assert summaries.sum_windows("queue", 2 * HOUR) == {}


def test_sums_are_the_callers_own():
    summaries = add_all(Summaries(), [("noon", summary("billing", {"n": 1}))])
    summaries.sum_windows("queue", HOUR)["billing"]["n"] += 1
    assert summaries.sum_windows("queue", HOUR) == {"billing": {"n": 1}}


RECORDS = st.none() | st.builds(
    lambda value, n: summary(value, {"n": n, "satisfied": n // 2}), st.sampled_from(("x", "y")), st.integers(0, 9)
)


@st.composite
def logs(draw: st.DrawFn):
    """Two partitions with two windows each."""
    return [draw(st.lists(st.tuples(st.sampled_from(keys), RECORDS))) for keys in (("a", "b"), ("c", "d"))]


@given(logs().flatmap(lambda both: st.tuples(st.just(both), readings(both))))
def test_neither_the_order_between_partitions_nor_reading_again_changes_the_sums(case):
    both, reading = case
    once, read = (add_all(Summaries(), list(records)) for records in (in_one_go(both), reading))
    assert dict(read.by_key) == dict(once.by_key)
    assert read.sum_windows("queue", HOUR) == once.sum_windows("queue", HOUR)
