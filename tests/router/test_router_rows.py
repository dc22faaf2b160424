"""Rows of format 2 mean what they meant when they were written, and other formats are not guessed at."""

from __future__ import annotations

import pytest

from services.router.domain.rows import append_event, decode_row, encode_row, peek_row
from services.router.domain.stored_decision import StoredDecision
from tests.router.complaints import Desk, assigned, closed, escalated, received, replied

FIRST = StoredDecision("fraud", 90, "fraud=3;zh-Hans", "rule_matched", 0, 0, bytes.fromhex("a1b2c3d4e5f6"))
AGAIN = StoredDecision("triage", -1, "", "ping_pong", 6, 2, bytes.fromhex("0102030405ff"))
CAUSE, LATER = bytes(range(16)), bytes(range(16, 32))
EVENTS = b"events as services/lifecycle writes them"

GOLDEN = (
    "0201000660000000000000065f000000000000065e000000000007d10002"
    "000102030405060708090a0b0c0d0e0f005a00000000a1b2c3d4e5f60022"
    "66726175640072756c655f6d6174636865640066726175643d333b7a682d48616e73"
    "101112131415161718191a1b1c1d1e1fffff000600020102030405ff0011"
    "7472696167650070696e675f706f6e6700"
) + EVENTS.hex()
"""Never edit it: make a new format."""


def test_a_row_that_was_written_once_is_read_for_ever() -> None:
    row = decode_row(bytes.fromhex(GOLDEN))
    assert (row.received, row.due) == (True, 0x0006600000000000)
    assert (row.log.touched, row.log.overflowed, row.log.count) == (0x00065F0000000000, 0x00065E0000000000, 2_001)
    assert row.decisions == {CAUSE: FIRST, LATER: AGAIN}
    assert row.log.events == EVENTS
    assert encode_row(row).hex() == GOLDEN


def test_a_row_of_another_format_is_refused_with_what_to_do() -> None:
    for read in (decode_row, peek_row):
        with pytest.raises(ValueError, match="a row has format 1, and this version reads 2; replay the topics"):
            read(b"\x01" + bytes.fromhex(GOLDEN)[1:])


def test_an_event_that_changes_nothing_is_appended_to_what_stands() -> None:
    body = Desk().take(received(), assigned(1)).body
    assert body is not None
    longer = append_event(body, EVENTS, 7)
    before, after = decode_row(body), decode_row(longer)
    assert after.log.events == before.log.events + EVENTS
    assert (after.log.count, after.log.touched) == (before.log.count + 1, 7)
    assert (after.decisions, after.due) == (before.decisions, before.due)


@pytest.mark.parametrize("events", [[received()], [assigned(1)], [received(), replied(1), escalated(2), closed(3)]])
def test_a_glance_at_a_row_says_what_the_whole_row_says(events) -> None:
    body = Desk().take(*events).body
    assert body is not None
    row = decode_row(body)
    assert peek_row(body) == (row.received, row.due, False)


def test_a_first_reception_takes_a_row_of_some_170_bytes() -> None:
    body = Desk().take(received()).body
    assert body is not None
    assert len(body) < 200
