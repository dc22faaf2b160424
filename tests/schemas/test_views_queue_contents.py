"""The view of a queue topic: items and tombstones in, the complaints that are in the queue out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.views.queue_contents import QueueContents
from tests.schemas.view_records import add_all, in_one_go, item, readings

RECORDS = st.lists(st.none() | st.builds(item, st.just("x"), st.sampled_from(("waiting", "assigned")), st.text("ab")))


def test_the_last_item_of_a_complaint_is_in_the_queue_until_its_tombstone():
    contents = add_all(QueueContents(), [("one", item("one")), ("two", item("two")), ("one", item("one", name="new"))])
    assert dict(contents.by_key) == {"one": item("one", name="new"), "two": item("two")}
    contents.add("one", None)
    assert set(contents.by_key) == {"two"}


def test_an_assigned_complaint_is_in_the_queue_and_does_not_wait():
    contents = add_all(QueueContents(), [("one", item("one", "assigned")), ("two", item("two"))])
    assert (set(contents.by_key), set(contents.waiting)) == ({"one", "two"}, {"two"})


def test_a_tombstone_of_a_complaint_that_is_not_in_the_queue_changes_nothing():
    assert add_all(QueueContents(), [("one", None)]).by_key == {}


@st.composite
def logs(draw: st.DrawFn):
    """Two partitions with two complaints each."""
    return [[(draw(st.sampled_from(keys)), event) for event in draw(RECORDS)] for keys in (("a", "b"), ("c", "d"))]


@given(logs().flatmap(lambda both: st.tuples(st.just(both), readings(both))))
def test_neither_the_order_between_partitions_nor_reading_again_changes_the_queue(case):
    both, reading = case
    once, read = (add_all(QueueContents(), list(records)) for records in (in_one_go(both), reading))
    assert dict(read.by_key) == dict(once.by_key)
    assert read.waiting == once.waiting


@given(logs())
def test_a_compacted_topic_holds_the_same_queue(both):
    compacted = [
        [record for place, record in enumerate(log) if record[0] not in {key for key, _ in log[place + 1 :]}]
        for log in both
    ]
    whole, rest = (add_all(QueueContents(), list(in_one_go(each))) for each in (both, compacted))
    assert dict(rest.by_key) == dict(whole.by_key)
