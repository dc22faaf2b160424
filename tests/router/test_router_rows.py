"""Rows of format 1 mean today what they meant when they were written, whatever is added to the union of events."""

from __future__ import annotations

import pytest

from schemas.events import LIFECYCLE_RANK
from services.router.domain.fold_order import fold_key
from services.router.domain.match_fields import Correction, MatchFields
from services.router.domain.rows import decode_row, encode_row
from services.router.domain.stored_event import (
    KINDS,
    WITHOUT_SEQUENCE,
    EventKind,
    StoredDecision,
    StoredEvent,
    make_stored_event,
)
from tests.router.complaints import (
    Desk,
    assigned,
    closed,
    escalated,
    received,
    reclassified,
    reopened,
    resolved,
    withdrawn,
)

AT = 1_793_620_800_123_456
ID = "0190a7b2-5c3d-7e4f-8a6b-1c2d3e4f5a6b"
FIELDS = MatchFields(
    channel="web",
    product="card",
    category="fraud",
    severity="high",
    customer_tier="vip",
    language="zh-Hans",
    region="CN-SH",
    amount="1200.50",
    currency="CNY",
    flags=("legal_threat", "safety"),
)
FIRST = StoredDecision("fraud", 90, "fraud=3;zh-Hans", "rule_matched", 0, 0, bytes.fromhex("a1b2c3d4e5f6"))
AGAIN = StoredDecision("triage", 50, "", "ping_pong", 6, 2, bytes.fromhex("0102030405ff"))


def stored(kind: EventKind, content=None, decision=None, sequence=WITHOUT_SEQUENCE, occurred=AT) -> StoredEvent:
    return StoredEvent(kind, occurred, sequence, ID, content, decision)


GOLDEN = [
    (
        stored(EventKind.RECEIVED, FIELDS, FIRST, sequence=7),
        "01014032a7e2495f060007000000000000000190a7b25c3d7e4f8a6b1c2d3e4f5a6b5a0000000000a1b2c3d4e5f668000000"
        "7765620063617264006672617564006869676800766970007a682d48616e7300434e2d534800313230302e353000434e5900"
        "6c6567616c5f7468726561742c7361666574790066726175640072756c655f6d6174636865640066726175643d333b7a682d"
        "48616e73",
    ),
    (
        stored(EventKind.RECEIVED, MatchFields("web")),
        "01014032a7e2495f060000000000000000800190a7b25c3d7e4f8a6b1c2d3e4f5a6bffff000000000000000000000c000000"
        "776562000000000000000000",
    ),
    (
        stored(EventKind.ASSIGNED, "ann"),
        "01024032a7e2495f060000000000000000800190a7b25c3d7e4f8a6b1c2d3e4f5a6bffff0000000000000000000003000000616e6e",
    ),
    (
        stored(EventKind.RECLASSIFIED, Correction("card", None, "critical"), AGAIN),
        "01034032a7e2495f060000000000000000800190a7b25c3d7e4f8a6b1c2d3e4f5a6b3200060002000102030405ff20000000"
        "636172640000637269746963616c007472696167650070696e675f706f6e6700",
    ),
    (
        stored(EventKind.ESCALATED, None, AGAIN, sequence=-1),
        "01044032a7e2495f0600ffffffffffffffff0190a7b25c3d7e4f8a6b1c2d3e4f5a6b3200060002000102030405ff11000000"
        "7472696167650070696e675f706f6e6700",
    ),
    (
        stored(EventKind.RESOLVED),
        "01054032a7e2495f060000000000000000800190a7b25c3d7e4f8a6b1c2d3e4f5a6bffff0000000000000000000000000000",
    ),
    (
        stored(EventKind.REOPENED, None, FIRST),
        "01064032a7e2495f060000000000000000800190a7b25c3d7e4f8a6b1c2d3e4f5a6b5a0000000000a1b2c3d4e5f622000000"
        "66726175640072756c655f6d6174636865640066726175643d333b7a682d48616e73",
    ),
    (
        stored(EventKind.CLOSED),
        "01074032a7e2495f060000000000000000800190a7b25c3d7e4f8a6b1c2d3e4f5a6bffff0000000000000000000000000000",
    ),
    (
        stored(EventKind.WITHDRAWN, sequence=2**53, occurred=-AT),
        "0108c0cd581db6a0f9ff00000000000020000190a7b25c3d7e4f8a6b1c2d3e4f5a6bffff0000000000000000000000000000",
    ),
]
"""One row for each kind of stored event, with and without what it may lack. Never edit a row: make a new format."""


@pytest.mark.parametrize(("event", "row"), GOLDEN, ids=lambda value: getattr(value, "kind", None) and value.kind.name)
def test_a_row_that_was_written_once_is_read_for_ever(event: StoredEvent, row: str) -> None:
    assert decode_row(bytes.fromhex(row)) == [event]
    assert encode_row([event]).hex() == row


def test_every_kind_of_stored_event_has_a_golden_row() -> None:
    assert {event.kind for event, _ in GOLDEN} == {*EventKind} == {*KINDS.values()}


def test_many_events_make_one_row() -> None:
    row = bytes((1,)) + b"".join(bytes.fromhex(row)[1:] for _, row in GOLDEN)
    assert decode_row(row) == [event for event, _ in GOLDEN]
    assert encode_row(decode_row(row)) == row


def test_a_row_of_another_format_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="format 2"):
        decode_row(b"\x02" + encode_row([stored(EventKind.CLOSED)])[1:])


AT_ONE_INSTANT = [
    received(),
    assigned(1),
    reclassified(1, category="fraud"),
    escalated(1),
    resolved(1),
    reopened(1),
    closed(1),
    withdrawn(1),
]


def test_a_type_inserted_anywhere_in_the_union_changes_neither_rows_nor_what_they_lead_to(monkeypatch) -> None:
    before = Desk().take(*AT_ONE_INSTANT)
    for name, rank in LIFECYCLE_RANK.items():
        monkeypatch.setitem(LIFECYCLE_RANK, name, 2 * rank + 1)
    after = Desk().take(*AT_ONE_INSTANT)
    assert (after.body, after.remarks) == (before.body, before.remarks)
    assert before.body is not None
    assert sorted(decode_row(before.body), key=fold_key) == decode_row(before.body)


def test_events_of_one_instant_are_folded_by_the_rank_of_their_types(monkeypatch) -> None:
    events = [make_stored_event(event) for event in AT_ONE_INSTANT]
    ranked = sorted(AT_ONE_INSTANT, key=lambda event: LIFECYCLE_RANK[event.type])
    assert sorted(events, key=fold_key) == [make_stored_event(event) for event in ranked]
    for name, rank in LIFECYCLE_RANK.items():
        monkeypatch.setitem(LIFECYCLE_RANK, name, -rank)
    assert sorted(events, key=fold_key) == [events[0], *events[:0:-1]]
