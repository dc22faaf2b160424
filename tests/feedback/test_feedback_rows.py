"""Rows mean today what they meant when they were written, whatever is added to the union of events, and stay small."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import LIFECYCLE_RANK
from schemas.ids import derived_id
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event
from services.feedback.domain.fold_order import sort_in_fold_order
from services.feedback.domain.resolution_cycles import fold_cycles
from services.feedback.domain.row_fields import UnknownFormat
from services.feedback.domain.rows import (
    decode_complaint_row,
    decode_window_row,
    encode_complaint_row,
    encode_window_row,
)
from services.feedback.domain.stored_event import CAUSE_KINDS, EventKind, StoredEvent, make_stored_event
from services.feedback.domain.window import CountedAnswer, Window, WindowKey
from tests.feedback.stories import (
    COMPLAINT,
    RULES,
    TEN,
    answered,
    assigned,
    at,
    closed,
    received,
    reclassified,
    reopened,
    resolved,
    routed,
    withdrawn,
)

instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=200)
ids = st.binary(min_size=16, max_size=16)
event_ids = st.text(max_size=5).map(derived_id)
integers = st.integers(-(2**53) + 1, 2**53 - 1)
keys = st.builds(WindowKey, st.sampled_from(["csat", "nps", "ces"]), texts, texts, instants, instants)
events = st.builds(
    StoredEvent,
    kind=st.sampled_from(EventKind),
    occurred=integers,
    recorded=integers,
    event_id=ids,
    sequence=st.none() | integers,
    refers_to=ids,
    number=integers,
    names=st.lists(st.none() | texts, max_size=4).map(tuple),
    cause_kind=st.none() | st.sampled_from(EventKind),
)
complaints = st.builds(
    Complaint,
    complaint_id=st.just(COMPLAINT),
    touched_at=instants,
    events=st.lists(events, max_size=5).map(tuple),
    decided=st.lists(event_ids, max_size=3).map(tuple),
    counted=st.lists(st.builds(CountedAnswer, keys, st.integers(1, 5)), max_size=3).map(tuple),
)
windows = st.builds(
    Window,
    key=keys,
    counts=st.dictionaries(texts, integers, max_size=5),
    revision=st.integers(0, 2**32 - 1),
    summary_id=st.none() | event_ids,
)


@given(complaints)
def test_a_complaint_comes_back(complaint):
    assert decode_complaint_row(COMPLAINT, encode_complaint_row(complaint)) == complaint


@given(windows)
def test_a_window_comes_back(window):
    assert decode_window_row(encode_window_row(window)) == window


def test_a_window_that_comes_back_has_the_key_it_had():
    key = WindowKey("csat", "queue", "a|b|c", at(0), at(60))
    assert decode_window_row(encode_window_row(Window(key))).key.text == key.text


def test_a_complaints_whole_life_takes_less_than_a_kilobyte():
    complaint = Complaint(COMPLAINT, TEN)
    for event in received(), routed(0, "billing"), assigned(1), resolved(5), answered(20, 5), closed(30):
        complaint = add_event(complaint, make_stored_event(event, "csat"), event, at(0), at(0), RULES).complaint
    assert len(encode_complaint_row(complaint)) < 1_000


@pytest.mark.parametrize(
    ("row", "decode", "other"),
    [
        (encode_complaint_row(Complaint(COMPLAINT, TEN)), lambda body: decode_complaint_row(COMPLAINT, body), 1),
        (encode_window_row(Window(WindowKey("csat", "all", "all", at(0), at(60)))), decode_window_row, 2),
    ],
    ids=["complaint", "window"],
)
def test_a_row_of_another_format_is_not_guessed_at(row, decode, other):
    with pytest.raises(UnknownFormat, match=f"format {other}"):
        decode(bytes((other,)) + row[1:])


AT = 1_793_620_800_123_456
TOUCHED = datetime(2026, 11, 2, 12, 0, 0, 123_456, tzinfo=UTC)
ID = bytes.fromhex("0190a7b25c3d7e4f8a6b1c2d3e4f5a6b")
OTHER = bytes.fromhex("0190a7b20000700080000000000000ff")
CYCLES = "0190a7b2-0000-7000-8000-0000000000a1", "0190a7b2-0000-7000-8000-0000000000a2"
HOUR = WindowKey("csat", "queue", "fraud", TEN, TEN + timedelta(hours=1))
HOUR_OF_NPS = WindowKey("nps", "all", "all", TEN, TEN + timedelta(hours=1))
HOUR_OF_CES = WindowKey("ces", "all", "all", TEN, TEN + timedelta(hours=1))


def stored(kind: EventKind, **fields) -> StoredEvent:
    return StoredEvent(kind, AT, AT + 5_000_000, ID, **fields)


def stored_decision(cause_kind: EventKind | None, hop: int, names: tuple[str | None, ...]) -> StoredEvent:
    return stored(EventKind.ROUTED, refers_to=OTHER, number=hop, names=names, cause_kind=cause_kind)


GOLDEN_EVENTS = [
    (
        stored(EventKind.RECEIVED, names=("web", "fraud"), sequence=7),
        "0200065f49e2a73240000100000000010000065f49e2a7324000065f49e2f37d8000000000000000070190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b00000000000000000000000000000000000000000000000002000377656200056672617564",
    ),
    (
        stored(EventKind.ASSIGNED, names=("ann",)),
        "0200065f49e2a73240000100000000020000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b000000000000000000000000000000000000000000000000010003616e6e",
    ),
    (
        stored(EventKind.RECLASSIFIED, names=(None,), sequence=-1),
        "0200065f49e2a73240000100000000030000065f49e2a7324000065f49e2f37d80ffffffffffffffff0190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b00000000000000000000000000000000000000000000000001ffff",
    ),
    (
        stored(EventKind.ESCALATED),
        "0200065f49e2a73240000100000000040000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b00000000000000000000000000000000000000000000000000",
    ),
    (
        stored(EventKind.RESOLVED, names=("ann",)),
        "0200065f49e2a73240000100000000050000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b000000000000000000000000000000000000000000000000010003616e6e",
    ),
    (
        stored(EventKind.REOPENED),
        "0200065f49e2a73240000100000000060000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b00000000000000000000000000000000000000000000000000",
    ),
    (
        stored(EventKind.CLOSED),
        "0200065f49e2a73240000100000000070000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b00000000000000000000000000000000000000000000000000",
    ),
    (
        stored(EventKind.WITHDRAWN),
        "0200065f49e2a73240000100000000080000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b00000000000000000000000000000000000000000000000000",
    ),
    (
        stored_decision(EventKind.RECEIVED, 0, ("fraud", "fraud", "2026-11-1", "control")),
        "0200065f49e2a73240000100000000090100065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b0190a7b20000700080000000000000ff000000000000000004000566726175640005667261756400093230"
        "32362d31312d310007636f6e74726f6c",
    ),
    (
        stored_decision(EventKind.RECLASSIFIED, 3, ("fraud", None, "2026-11-1", "pilot")),
        "0200065f49e2a73240000100000000090300065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b0190a7b20000700080000000000000ff00000000000000030400056672617564ffff0009323032362d3131"
        "2d31000570696c6f74",
    ),
    (
        stored_decision(EventKind.ESCALATED, 3, ("fraud", None, "2026-11-1", "control")),
        "0200065f49e2a73240000100000000090400065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b0190a7b20000700080000000000000ff00000000000000030400056672617564ffff0009323032362d3131"
        "2d310007636f6e74726f6c",
    ),
    (
        stored_decision(EventKind.REOPENED, 3, ("fraud", None, "2026-11-1", "control")),
        "0200065f49e2a73240000100000000090600065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b0190a7b20000700080000000000000ff00000000000000030400056672617564ffff0009323032362d3131"
        "2d310007636f6e74726f6c",
    ),
    (
        stored_decision(None, 3, ("fraud", None, "2026-11-1", "control")),
        "0200065f49e2a73240000100000000090000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b0190a7b20000700080000000000000ff00000000000000030400056672617564ffff0009323032362d3131"
        "2d310007636f6e74726f6c",
    ),
    (
        stored(EventKind.ANSWERED, refers_to=OTHER, number=5, names=("csat",)),
        "0200065f49e2a732400001000000000a0000065f49e2a7324000065f49e2f37d8080000000000000000190a7b25c3d7e4f8a"
        "6b1c2d3e4f5a6b0190a7b20000700080000000000000ff000000000000000501000463736174",
    ),
]
"""One complaint's row of format 2 for each kind of stored event. Never edit a row: make a new format."""


@pytest.mark.parametrize(("event", "row"), GOLDEN_EVENTS, ids=range(len(GOLDEN_EVENTS)))
def test_a_complaints_row_that_was_written_once_is_read_for_ever(event, row):
    complaint = Complaint(COMPLAINT, TOUCHED, (event,))
    assert decode_complaint_row(COMPLAINT, bytes.fromhex(row)) == complaint
    assert encode_complaint_row(complaint).hex() == row


def test_every_kind_of_stored_event_and_every_kind_of_cause_has_a_golden_row():
    golden = [event for event, _ in GOLDEN_EVENTS]
    assert {event.kind for event in golden} == {*EventKind}
    assert {event.cause_kind for event in golden} == {None, *CAUSE_KINDS.values()}


def test_decided_cycles_and_counted_answers_that_were_written_once_are_read_for_ever():
    complaint = Complaint(COMPLAINT, TOUCHED, (), CYCLES, (CountedAnswer(HOUR, 5), CountedAnswer(HOUR_OF_NPS, 9)))
    row = (
        "0200065f49e2a732400000000200020190a7b20000700080000000000000a10190a7b20000700080000000000000a2000006"
        "5f48357e080000065f490c11ac00000571756575650005667261756400000000000000050100065f48357e080000065f490c"
        "11ac000003616c6c0003616c6c0000000000000009"
    )
    assert decode_complaint_row(COMPLAINT, bytes.fromhex(row)) == complaint
    assert encode_complaint_row(complaint).hex() == row


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


AT_ONE_INSTANT = [
    received(5),
    assigned(5),
    reclassified(5, "fraud"),
    resolved(5),
    reopened(5),
    closed(5),
    withdrawn(5),
    routed(5, "first"),
    routed(5, "second", "r2", cause="reclassified", trigger="reclassified", hop=1),
    routed(5, "third", "r3", cause="reopened", trigger="reopened", hop=2),
    routed(5, "later", "r4", cause="withdrawn", trigger="step", hop=3),
    answered(5, 4),
]


def row_of(happened) -> bytes:
    complaint = Complaint(COMPLAINT, TEN)
    for event in happened:
        complaint = add_event(complaint, make_stored_event(event, "csat"), event, at(0), at(0), RULES).complaint
    return encode_complaint_row(complaint)


def test_a_type_inserted_anywhere_in_the_union_changes_neither_rows_nor_what_they_lead_to(monkeypatch):
    row = row_of(AT_ONE_INSTANT)
    before = decode_complaint_row(COMPLAINT, row)
    order, cycles = sort_in_fold_order(before.events), fold_cycles(before.events)
    for name, rank in LIFECYCLE_RANK.items():
        monkeypatch.setitem(LIFECYCLE_RANK, name, 2 * rank + 1)
    after = decode_complaint_row(COMPLAINT, row)
    assert (row_of(AT_ONE_INSTANT), after) == (row, before)
    assert (sort_in_fold_order(after.events), fold_cycles(after.events)) == (order, cycles)


def test_events_of_one_instant_follow_the_ranks_that_their_types_have_now_and_routings_their_causes(monkeypatch):
    row = row_of(AT_ONE_INSTANT)
    for name, rank in LIFECYCLE_RANK.items():
        monkeypatch.setitem(LIFECYCLE_RANK, name, -rank)
    known = sort_in_fold_order(decode_complaint_row(COMPLAINT, row).events)
    assert [(event.kind, event.cause_kind) for event in known[:10]] == [
        (EventKind.WITHDRAWN, None),
        (EventKind.CLOSED, None),
        (EventKind.REOPENED, None),
        (EventKind.ROUTED, EventKind.REOPENED),
        (EventKind.RESOLVED, None),
        (EventKind.RECLASSIFIED, None),
        (EventKind.ROUTED, EventKind.RECLASSIFIED),
        (EventKind.ASSIGNED, None),
        (EventKind.RECEIVED, None),
        (EventKind.ROUTED, EventKind.RECEIVED),
    ]
    assert {event.kind for event in known[10:]} == {EventKind.ROUTED, EventKind.ANSWERED}
