"""Stored events are the same after bytes as before them, and hold nothing that a person wrote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lifecycle.contents import (
    ByAgent,
    Claim,
    ComplaintFields,
    Contents,
    Correction,
    ExtensionContents,
    Found,
    PauseContents,
    RoutedContents,
)
from services.lifecycle.event_bytes import EVENT, decode_events, encode_event, merge_event
from services.lifecycle.event_kinds import (
    ASSIGNED,
    EXTENDED,
    PAUSED,
    RANKS,
    RECEIVED,
    RECLASSIFIED,
    RELEASED,
    RESOLVED,
    ROUTED,
)
from services.lifecycle.stored_event import StoredEvent, make_stored_event
from tests.lifecycle import events
from tests.lifecycle.events import at

NAMES = st.text(min_size=1, max_size=20).map(lambda text: text.replace("\0", "-"))
MAYBE = st.none() | NAMES
IDS = st.binary(min_size=16, max_size=16)
INSTANTS = st.integers(-(2**62), 2**62)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
"""What a JSON number holds."""
FLAGS = st.lists(NAMES, max_size=4).map(tuple)

CONTENTS: dict[int, st.SearchStrategy[Contents]] = {
    RECEIVED: st.builds(ComplaintFields, NAMES, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, FLAGS),
    RECLASSIFIED: st.builds(Correction, MAYBE, MAYBE, MAYBE),
    ASSIGNED: st.builds(Claim, NAMES, MAYBE),
    RELEASED: st.builds(ByAgent, MAYBE),
    RESOLVED: st.builds(ByAgent, MAYBE),
    PAUSED: st.builds(PauseContents, NAMES, MAYBE, st.none() | INSTANTS),
    EXTENDED: st.builds(ExtensionContents, NAMES, st.none() | INSTANTS, MAYBE),
    ROUTED: st.builds(
        RoutedContents,
        IDS,
        NAMES,
        INTEGERS,
        INTEGERS,
        NAMES,
        NAMES,
        NAMES,
        st.builds(Found, NAMES, INTEGERS, MAYBE, MAYBE, MAYBE, FLAGS),
    ),
}


@st.composite
def stored_events(draw: st.DrawFn) -> StoredEvent:
    kind = draw(st.sampled_from(sorted(RANKS)))
    contents = draw(CONTENTS.get(kind, st.none()))
    later = 0 if kind == RECEIVED else 1
    return StoredEvent(later, draw(INSTANTS), draw(INTEGERS), RANKS[kind], draw(IDS), kind, draw(INSTANTS), contents)


@given(st.lists(stored_events(), max_size=3))
def test_events_of_every_kind_are_the_same_after_bytes(stored: list[StoredEvent]) -> None:
    assert decode_events(b"".join(map(encode_event, stored))) == stored


def encode(event: Any) -> bytes:
    return encode_event(make_stored_event(event))


def test_what_a_resolution_or_a_release_leaves_out_is_not_there_afterwards_either() -> None:
    (event,) = decode_events(encode(events.resolved(at(9))))
    assert event.contents == ByAgent(None)


def test_stored_events_hold_no_text_that_a_person_wrote() -> None:
    secret = "my account number"
    written: list[Any] = [
        events.received(
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
        events.replied(at(9.25), personal={"body": secret}),
        events.written_again(at(9.5), personal={"body": secret}),
        events.paused(at(10), personal={"note": secret}),
        events.released(at(10.5), personal={"reason": secret}),
        events.escalated(at(10.75), personal={"reason": secret}),
        events.extended(at(10.8), by="2h", personal={"reason": secret}),
        events.reopened(at(11), personal={"reason": secret}),
        events.withdrawn(at(12), personal={"reason": secret}),
    ]
    for event in written:
        assert secret.encode() not in encode(event)


def test_of_two_copies_the_one_recorded_first_stands_whichever_comes_first() -> None:
    early, late = events.replied(at(9)), events.replied(at(9), recorded_at=at(11), automatic=True)
    once, other = encode(early), encode(late)
    assert merge_event(once, other) == merge_event(other, once) == once
    before = encode(events.assigned(at(8)))
    assert merge_event(before + other, once) == before + once


@pytest.mark.parametrize("again", [{}, {"agent_id": "zoe"}])
def test_of_two_copies_recorded_at_once_the_lower_bytes_stand(again: dict[str, Any]) -> None:
    once, other = encode(events.assigned(at(9))), encode(events.assigned(at(9), **again))
    assert merge_event(once, other) == merge_event(other, once) == min(once, other)


def test_a_stored_event_takes_few_bytes() -> None:
    assert len(encode(events.replied(at(9)))) == EVENT.size == 45
