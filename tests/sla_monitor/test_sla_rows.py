"""Rows and entries are the same after bytes as before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla_monitor.domain.entries import HEAD, merged, packed, unpacked
from services.sla_monitor.domain.facts import Facts, all_facts
from services.sla_monitor.domain.rows import (
    AlertKey,
    Phase,
    Row,
    StopKey,
    ToldAlert,
    ToldStop,
    appended,
    decoded,
    encoded,
    peeked,
)
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import at

NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=60)
IDS = st.binary(min_size=16, max_size=16)
DIGESTS = st.binary(min_size=8, max_size=8)
INSTANTS = st.integers(0, 2**62)
ALERTS = st.dictionaries(
    st.builds(AlertKey, NAMES, IDS, st.integers(1, 100)),
    st.builds(ToldAlert, st.integers(1, 65_535), st.booleans(), DIGESTS),
    max_size=5,
)
STOPS = st.dictionaries(
    st.builds(StopKey, NAMES, IDS), st.builds(ToldStop, st.integers(1, 65_535), DIGESTS), max_size=5
)
ENTRIES = st.lists(st.integers(0, 500).map(lambda n: packed(stories.replied(at(n)))), max_size=5)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    entries = draw(ENTRIES)
    return Row(
        draw(st.sampled_from(Phase)),
        draw(INSTANTS),
        draw(INSTANTS),
        draw(DIGESTS),
        tuple(draw(st.lists(NAMES, max_size=4))),
        draw(ALERTS),
        draw(STOPS),
        len(entries),
        b"".join(entries),
    )


@given(rows())
def test_a_row_is_the_same_after_bytes(row: Row) -> None:
    body = encoded(row)
    assert decoded(body) == row
    assert peeked(body) == (row.phase, row.due, row.count)


@given(rows())
def test_an_entry_is_appended_without_reading_the_row(row: Row) -> None:
    entry = packed(stories.assigned(at(9)))
    longer = decoded(appended(encoded(row), entry))
    assert (longer.count, longer.entries) == (row.count + 1, row.entries + entry)


@pytest.mark.parametrize("read", [decoded, peeked])
def test_a_row_of_another_format_is_refused(read: Callable[[bytes], Any]) -> None:
    with pytest.raises(ValueError, match="format 9"):
        read(b"\x09" + encoded(Row())[1:])


@given(NAMES, NAMES, st.none() | NAMES, st.none() | NAMES)
def test_what_policies_match_on_survives_packing(
    channel: str, tier: str, product: str | None, region: str | None
) -> None:
    complaint = stories.received(
        at(9), channel=channel, product=product, region=region, customer={"id": "c", "tier": tier, "language": "zh"}
    )
    (entry,) = unpacked(packed(complaint))
    (facts,) = all_facts([entry.payload])
    assert facts == Facts(channel=channel, product=product, customer_tier=tier, language="zh", region=region)


@given(st.integers(-(2**53) + 1, 2**53 - 1), st.integers(-(2**53) + 1, 2**53 - 1))
def test_the_numbers_that_events_may_carry_fit(sequence: int, hop: int) -> None:
    reply = stories.replied(at(9), source_sequence=sequence)
    assert unpacked(packed(reply))[0].sequence == sequence
    (entry,) = unpacked(packed(stories.routed(reply, hop=hop, priority_without_breach=sequence)))
    assert (entry.hop, entry.follows) == (hop, unpacked(packed(reply))[0].event_id)
    assert next(iter(all_facts([entry.payload]))).priority == sequence


def test_entries_hold_no_text_that_a_person_wrote() -> None:
    secret = "my account number"
    written: list[Any] = [
        stories.received(
            at(9),
            personal={
                "subject": secret,
                "body": secret,
                "name": secret,
                "contact": secret,
                "representative": {"name": secret, "contact": secret},
                "attributes": {"note": secret},
            },
            customer={"id": secret},
            external_ref=secret,
            tags=(secret,),
        ),
        stories.paused(at(10), personal={"note": secret}),
        stories.reopened(at(11), personal={"reason": secret}),
        stories.withdrawn(at(12), personal={"reason": secret}),
    ]
    for event in written:
        assert secret.encode() not in packed(event)


def test_of_two_copies_the_one_recorded_first_stands_whichever_comes_first() -> None:
    early, late = stories.replied(at(9)), stories.replied(at(9), recorded_at=at(11), automatic=True)
    once, other = packed(early), packed(late)
    assert merged(once, other) == merged(other, once) == once
    before = packed(stories.assigned(at(8)))
    assert merged(before + other, once) == before + once


def test_an_entry_takes_few_bytes() -> None:
    assert len(packed(stories.replied(at(9)))) == HEAD.size == 45
    assert microseconds(at(9)) < 2**63
