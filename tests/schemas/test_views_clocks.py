"""The view of sla-clocks: its records in, open clocks and the next due one out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.views.clocks import Clocks
from tests.schemas.view_records import NOON, add_all, clocks_changed, in_one_go, readings, status


def open_clocks(clocks: Clocks) -> list[tuple[str, str]]:
    return [(one.complaint_id, one.status.clock) for one in clocks.open]


@pytest.mark.parametrize(
    ("state", "overrun", "is_open"),
    [
        ("running", None, True),
        ("paused", None, True),
        ("breached", None, True),
        ("breached", 90.0, False),
        ("met", None, False),
        ("ended", None, False),
        ("cancelled", None, False),
    ],
)
def test_a_clock_is_open_until_it_has_ended_which_a_breached_one_shows_by_its_overrun(state, overrun, is_open):
    clocks = add_all(Clocks(), [("one", clocks_changed("one", status("resolution", state, overrun_seconds=overrun)))])
    assert bool(clocks.open) == is_open


def test_the_last_change_of_a_complaint_says_how_all_its_clocks_stand():
    before = clocks_changed("one", status("first_response", "running"), status("resolution", "running"))
    after = clocks_changed("one", status("first_response", "met"), status("resolution", "running"))
    clocks = add_all(Clocks(), [("one", before), ("two", before), ("one", after)])
    assert clocks.by_key["one"] == after
    assert open_clocks(clocks) == [("one", "resolution"), ("two", "first_response"), ("two", "resolution")]


def test_the_next_due_clock_is_the_running_one_with_the_earliest_due_instant():
    first, second = (NOON + timedelta(hours=hours) for hours in (1, 2))
    clocks = Clocks()
    assert clocks.next_due is None
    clocks.add("one", clocks_changed("one", status("resolution", "running", due_at=second)))
    clocks.add("two", clocks_changed("two", status("resolution", "running", due_at=first)))
    clocks.add("three", clocks_changed("three", status("resolution", "breached", due_at=NOON)))
    clocks.add("four", clocks_changed("four", status("resolution", "paused")))
    clocks.add("five", clocks_changed("five", status("resolution", "met", due_at=NOON)))
    assert clocks.next_due.complaint_id == "two"
    clocks.add("two", clocks_changed("two", status("resolution", "met", due_at=first)))
    assert clocks.next_due.complaint_id == "one"


STATUSES = st.builds(
    lambda state, hours: status("resolution", state, due_at=NOON + timedelta(hours=hours)),
    st.sampled_from(("running", "paused", "breached", "met")),
    st.integers(0, 3),
)


@st.composite
def logs(draw: st.DrawFn):
    """Two partitions with two complaints each."""
    return [
        [(key, clocks_changed(key, one)) for key, one in draw(st.lists(st.tuples(st.sampled_from(keys), STATUSES)))]
        for keys in (("a", "b"), ("c", "d"))
    ]


@given(logs().flatmap(lambda both: st.tuples(st.just(both), readings(both))))
def test_neither_the_order_between_partitions_nor_reading_again_changes_the_clocks(case):
    both, reading = case
    once, read = (add_all(Clocks(), list(records)) for records in (in_one_go(both), reading))
    assert dict(read.by_key) == dict(once.by_key)
    assert sorted(open_clocks(read)) == sorted(open_clocks(once))
    assert read.next_due == once.next_due
