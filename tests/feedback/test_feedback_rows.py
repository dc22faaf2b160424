"""Rows mean today what they meant when they were written, whatever is added to the union of events, and stay small."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import derived_id
from services.feedback.domain.answers import StoredAnswer
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event
from services.feedback.domain.row_fields import UnknownFormat
from services.feedback.domain.rows import (
    decode_complaint_row,
    decode_window_row,
    encode_complaint_row,
    encode_window_row,
    peek_complaint_row,
)
from services.feedback.domain.window import CountedAnswer, Window, WindowKey
from services.lifecycle.event_log import EventLog
from services.worktime.instants import microseconds
from tests.feedback.stories import (
    COMPLAINT,
    RULES,
    TEN,
    answered,
    assigned,
    at,
    closed,
    received,
    resolved,
    routed,
)

instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=200)
ids = st.binary(min_size=16, max_size=16)
event_ids = st.text(max_size=5).map(derived_id)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
keys = st.builds(WindowKey, st.sampled_from(["csat", "nps", "ces"]), texts, texts, instants, instants)
answers = st.builds(StoredAnswer, integers, ids, integers, ids, integers)
logs = st.builds(EventLog, st.binary(max_size=50), st.integers(0, 2_001), integers, integers)
complaints = st.builds(
    Complaint,
    complaint_id=st.just(COMPLAINT),
    log=logs,
    answers=st.lists(answers, max_size=5).map(tuple),
    decided=st.lists(event_ids, max_size=3).map(tuple),
    counted=st.lists(st.builds(CountedAnswer, keys, st.integers(1, 5)), max_size=3).map(tuple),
    due=st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 31), timezones=st.just(UTC)),
    received=st.booleans(),
)
windows = st.builds(
    Window,
    key=keys,
    counts=st.dictionaries(texts, integers, max_size=5),
    revision=st.integers(0, 2**32 - 1),
    summary_id=st.none() | event_ids,
)


def log_fields(log):
    return log.events, log.count, log.touched, log.overflowed


@given(complaints)
def test_a_complaint_comes_back(complaint):
    row = encode_complaint_row(complaint)
    read = decode_complaint_row(COMPLAINT, row)
    assert replace(read, log=complaint.log) == complaint
    assert log_fields(read.log) == log_fields(complaint.log)
    assert peek_complaint_row(row)[:2] == (complaint.received, complaint.due)


@given(windows)
def test_a_window_comes_back(window):
    assert decode_window_row(encode_window_row(window)) == window


def test_a_window_that_comes_back_has_the_key_it_had():
    key = WindowKey("csat", "queue", "a|b|c", at(0), at(60))
    assert decode_window_row(encode_window_row(Window(key))).key.text == key.text


def test_a_complaints_whole_life_takes_less_than_a_kilobyte():
    complaint = Complaint(COMPLAINT)
    for event in received(), routed(0, "billing"), assigned(1), resolved(5), answered(20, 5), closed(30):
        add_event(complaint, event, at(0), at(0), RULES)
    assert len(encode_complaint_row(complaint)) < 1_000


@pytest.mark.parametrize(
    ("row", "decode", "other"),
    [
        (encode_complaint_row(Complaint(COMPLAINT)), lambda body: decode_complaint_row(COMPLAINT, body), 2),
        (encode_window_row(Window(WindowKey("csat", "all", "all", at(0), at(60)))), decode_window_row, 2),
    ],
    ids=["complaint", "window"],
)
def test_a_row_of_another_format_is_not_guessed_at(row, decode, other):
    with pytest.raises(UnknownFormat, match=f"format {other}"):
        decode(bytes((other,)) + row[1:])


TOUCHED = microseconds(datetime(2026, 11, 2, 12, 0, 0, 123_456, tzinfo=UTC))
ID = bytes.fromhex("0190a7b25c3d7e4f8a6b1c2d3e4f5a6b")
OTHER = bytes.fromhex("0190a7b20000700080000000000000ff")
CYCLES = "0190a7b2-0000-7000-8000-0000000000a1", "0190a7b2-0000-7000-8000-0000000000a2"
HOUR = WindowKey("csat", "queue", "fraud", TEN, TEN + timedelta(hours=1))
HOUR_OF_NPS = WindowKey("nps", "all", "all", TEN, TEN + timedelta(hours=1))
HOUR_OF_CES = WindowKey("ces", "all", "all", TEN, TEN + timedelta(hours=1))


def test_a_complaints_row_that_was_written_once_is_read_for_ever():
    """A row of format 3. Never edit it: make a new format."""
    complaint = Complaint(
        COMPLAINT,
        EventLog(b"events", 2_001, TOUCHED, TOUCHED - 1),
        (StoredAnswer(TOUCHED, ID, TOUCHED + 5, OTHER, 4),),
        CYCLES,
        (CountedAnswer(HOUR, 5), CountedAnswer(HOUR_OF_NPS, 9)),
        at(60),
        received=True,
    )
    row = (
        "030100065f490c11ac0000065f49e2a7324000065f49e2a7323f07d100010002000200065f49e2a732400190a7b25c3d7e4f"
        "8a6b1c2d3e4f5a6b00065f49e2a732450190a7b20000700080000000000000ff00000000000000040190a7b2000070008000"
        "0000000000a10190a7b20000700080000000000000a20000065f48357e080000065f490c11ac000005717565756500056672"
        "61756400000000000000050100065f48357e080000065f490c11ac000003616c6c0003616c6c00000000000000096576656e"
        "7473"
    )
    assert encode_complaint_row(complaint).hex() == row
    read = decode_complaint_row(COMPLAINT, bytes.fromhex(row))
    assert replace(read, log=complaint.log) == complaint
    assert log_fields(read.log) == log_fields(complaint.log)


GOLDEN_WINDOWS = [
    (
        Window(HOUR, {"n": 3, "satisfied": 2, "score_1": 1, "score_5": 2}, 2, CYCLES[0]),
        "01000000020190a7b20000700080000000000000a100040000065f48357e080000065f490c11ac0000057175657565000566"
        "7261756400016e000000000000000300097361746973666965640000000000000002000773636f72655f3100000000000000"
        "01000773636f72655f350000000000000002",
    ),
    (
        Window(HOUR_OF_NPS),
        "01000000000000000000000000000000000000000000000100065f48357e080000065f490c11ac000003616c6c0003616c6c",
    ),
    (
        Window(HOUR_OF_CES, {"n": -1}, 2**32 - 1, CYCLES[1]),
        "01ffffffff0190a7b20000700080000000000000a200010200065f48357e080000065f490c11ac000003616c6c0003616c6c"
        "00016effffffffffffffff",
    ),
]
"""Rows of format 1 for windows of each metric. Never edit a row: make a new format."""


@pytest.mark.parametrize(("window", "row"), GOLDEN_WINDOWS, ids=["csat", "nps", "ces"])
def test_a_windows_row_that_was_written_once_is_read_for_ever(window, row):
    assert decode_window_row(bytes.fromhex(row)) == window
    assert encode_window_row(window).hex() == row
