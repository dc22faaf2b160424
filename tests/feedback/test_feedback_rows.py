"""What is remembered comes back from its row as it was, and a row stays small."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import derived_id
from services.feedback.domain.cells import Cell, Counted
from services.feedback.domain.complaint import Complaint, take
from services.feedback.domain.dimension import Tally
from services.feedback.domain.entries import Entry, Kind, entry_of
from services.feedback.domain.rows import UnknownFormat, complaint_row, read_complaint, read_tally, tally_row
from tests.feedback.stories import COMPLAINT, RULES, TEN, answered, assigned, at, closed, received, resolved, routed

instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=200)
ids = st.binary(min_size=16, max_size=16)
event_ids = st.text(max_size=5).map(derived_id)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
cells = st.builds(Cell, st.sampled_from(["csat", "nps", "ces"]), texts, texts, instants, instants)
entries = st.builds(
    Entry,
    kind=st.sampled_from(Kind),
    rank=st.integers(0, 255),
    occurred_at=integers,
    recorded_at=integers,
    event_id=ids,
    sequence=st.none() | integers,
    other=ids,
    number=integers,
    names=st.lists(st.none() | texts, max_size=4).map(tuple),
)
complaints = st.builds(
    Complaint,
    complaint_id=st.just(COMPLAINT),
    touched_at=instants,
    entries=st.lists(entries, max_size=5).map(tuple),
    decided=st.lists(event_ids, max_size=3).map(tuple),
    counted=st.lists(st.builds(Counted, cells, st.integers(1, 5)), max_size=3).map(tuple),
)
tallies = st.builds(
    Tally,
    cell=cells,
    counts=st.dictionaries(texts, integers, max_size=5),
    revision=st.integers(0, 2**32 - 1),
    standing=st.none() | event_ids,
)


@given(complaints)
def test_a_complaint_comes_back(complaint):
    assert read_complaint(COMPLAINT, complaint_row(complaint)) == complaint


@given(tallies)
def test_a_window_comes_back(tally):
    assert read_tally(tally_row(tally)) == tally


def test_a_window_that_comes_back_has_the_key_it_had():
    cell = Cell("csat", "queue", "a|b|c", at(0), at(60))
    assert read_tally(tally_row(Tally(cell))).cell.key == cell.key


def test_a_complaints_whole_life_takes_less_than_a_kilobyte():
    complaint = Complaint(COMPLAINT, TEN)
    for event in received(), routed(0, "billing"), assigned(1), resolved(5), answered(20, 5), closed(30):
        complaint = take(complaint, entry_of(event, "csat"), event, at(0), at(0), RULES).complaint
    assert len(complaint_row(complaint)) < 1_000


def test_a_row_of_another_format_is_not_guessed_at():
    row = bytearray(complaint_row(Complaint(COMPLAINT, TEN)))
    row[0] = 2
    with pytest.raises(UnknownFormat, match="format 2"):
        read_complaint(COMPLAINT, bytes(row))
