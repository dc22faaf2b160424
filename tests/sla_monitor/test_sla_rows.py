"""Rows and stored events are the same after bytes as before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla_monitor.domain.alerts.published import AlertKey, Published, PublishedAlert, PublishedStop, StopKey
from services.sla_monitor.domain.fold.stored_event import StoredEvent, stored_event_of
from services.sla_monitor.domain.policy.match_fields import MatchFields, Routing
from services.sla_monitor.domain.rows.events import EVENT, decode_events, encode_event, merge_event
from services.sla_monitor.domain.rows.row import Phase, Row, append_event, decode_row, empty_row, encode_row, peek_row
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import at

NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=60)
IDS = st.binary(min_size=16, max_size=16)
DIGESTS = st.binary(min_size=8, max_size=8)
INSTANTS = st.integers(0, 2**62)
ALERTS = st.dictionaries(
    st.builds(AlertKey, NAMES, IDS, st.integers(1, 100)),
    st.builds(PublishedAlert, st.integers(1, 65_535), st.booleans(), DIGESTS),
    max_size=5,
)
STOPS = st.dictionaries(
    st.builds(StopKey, NAMES, IDS), st.builds(PublishedStop, st.integers(1, 65_535), DIGESTS), max_size=5
)


def stored(event: Any) -> StoredEvent:
    found = stored_event_of(event)
    assert found is not None
    return found


def encode(event: Any) -> bytes:
    return encode_event(stored(event))


EVENTS = st.lists(st.integers(0, 500).map(lambda n: encode(stories.replied(at(n)))), max_size=5)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    events = draw(EVENTS)
    published = Published(draw(DIGESTS), tuple(draw(st.lists(NAMES, max_size=4))))
    published.alerts, published.stops = draw(ALERTS), draw(STOPS)
    phase = draw(st.sampled_from(Phase))
    return Row(phase, draw(INSTANTS), draw(INSTANTS), published, len(events), b"".join(events))


def contents(row: Row) -> tuple[Any, ...]:
    published = row.published
    told = published.clocks_digest, published.open_clocks, published.alerts, published.stops
    return row.phase, row.due, row.grace_ends, told, row.count, row.events


@given(rows())
def test_a_row_is_the_same_after_bytes(row: Row) -> None:
    body = encode_row(row)
    assert contents(decode_row(body)) == contents(row)
    assert peek_row(body) == (row.phase, row.due, row.count)


@given(rows())
def test_an_event_is_appended_without_reading_the_row(row: Row) -> None:
    event = encode(stories.assigned(at(9)))
    longer = decode_row(append_event(encode_row(row), event))
    assert (longer.count, longer.events) == (row.count + 1, row.events + event)


@pytest.mark.parametrize("read", [decode_row, peek_row])
def test_a_row_of_another_format_is_refused(read: Callable[[bytes], Any]) -> None:
    with pytest.raises(ValueError, match="format 9"):
        read(b"\x09" + encode_row(empty_row(Phase.HELD))[1:])


@given(NAMES, NAMES, st.none() | NAMES, st.none() | NAMES)
def test_what_policies_match_on_is_the_same_after_bytes(
    channel: str, tier: str, product: str | None, region: str | None
) -> None:
    complaint = stories.received(
        at(9), channel=channel, product=product, region=region, customer={"id": "c", "tier": tier, "language": "zh"}
    )
    (event,) = decode_events(encode(complaint))
    assert event == stored(complaint)
    assert event.contents == MatchFields(
        channel=channel, product=product, customer_tier=tier, language="zh", region=region
    )


@given(st.integers(-(2**53) + 1, 2**53 - 1), st.integers(-(2**53) + 1, 2**53 - 1))
def test_the_numbers_that_events_may_carry_fit(sequence: int, hop: int) -> None:
    reply = stories.replied(at(9), source_sequence=sequence)
    assert decode_events(encode(reply))[0].sequence == sequence
    (event,) = decode_events(encode(stories.routed(reply, hop=hop, priority_without_breach=sequence)))
    assert (event.hop, event.follows) == (hop, stored(reply).event_id)
    assert isinstance(event.contents, Routing)
    assert event.contents.priority == sequence


def test_stored_events_hold_no_text_that_a_person_wrote() -> None:
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
        assert secret.encode() not in encode(event)


def test_of_two_copies_the_one_recorded_first_stands_whichever_comes_first() -> None:
    early, late = stories.replied(at(9)), stories.replied(at(9), recorded_at=at(11), automatic=True)
    once, other = encode(early), encode(late)
    assert merge_event(once, other) == merge_event(other, once) == once
    before = encode(stories.assigned(at(8)))
    assert merge_event(before + other, once) == before + once


def test_a_stored_event_takes_few_bytes() -> None:
    assert len(encode(stories.replied(at(9)))) == EVENT.size == 45
    assert microseconds(at(9)) < 2**63
