"""The ids under which things are kept."""

from __future__ import annotations

from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import derived_id
from services.intake.domain import identity
from services.intake.fresh_id import uuid7

names = st.text(min_size=1, max_size=20)


def numbered():
    numbers = count(1)
    return lambda: f"fresh-{next(numbers)}"


def test_a_complaint_with_a_reference_is_named_by_owner_channel_and_reference():
    ids = identity.identify_complaint("local", "web", "A-1", None, numbered())
    assert ids.complaint_id == derived_id("local", "web", "ref", "A-1")
    assert ids.event_id == derived_id(ids.complaint_id, "complaint_received", "A-1")
    assert ids.duplicate_safe


def test_a_complaint_with_only_a_key_is_named_by_the_key():
    ids = identity.identify_complaint("local", "web", None, ("K-1",), numbered())
    assert ids.complaint_id == derived_id("local", "web", "key", "K-1")
    assert ids.event_id == derived_id(ids.complaint_id, "complaint_received", "K-1")
    assert ids.duplicate_safe


def test_a_reference_names_the_complaint_and_a_key_its_event():
    ids = identity.identify_complaint("local", "web", "A-1", ("K-1",), numbered())
    assert ids.complaint_id == identity.derive_complaint_id("local", "web", "A-1")
    assert ids.event_id == derived_id(ids.complaint_id, "complaint_received", "K-1")


def test_a_complaint_without_a_name_gets_new_ids_and_says_so():
    assert identity.identify_complaint("local", "web", None, None, numbered()) == ("fresh-1", "fresh-2", False)


def test_an_event_is_named_by_its_complaint_type_and_key():
    ids = identity.identify_event("c", "agent_replied", idempotency_key=("K-1",), fresh_id=numbered())
    assert ids == ("c", derived_id("c", "agent_replied", "K-1"), True)
    ids = identity.identify_event("c", "agent_replied", idempotency_key=None, fresh_id=numbered())
    assert ids == ("c", "fresh-1", False)


def test_a_key_counts_within_what_it_addresses():
    def event_id(*within):
        return identity.identify_event("c", "survey_answered", *within, idempotency_key=("K",), fresh_id=str).event_id

    assert event_id("cycle 1", "csat") == event_id("cycle 1", "csat")
    assert len({event_id(), event_id("cycle 1", "csat"), event_id("cycle 2", "csat"), event_id("cycle 1", "nps")}) == 4


@given(st.tuples(names, names, names), st.tuples(names, names, names))
def test_complaints_of_other_owners_channels_or_references_are_others(one, other):
    same = identity.derive_complaint_id(*one) == identity.derive_complaint_id(*other)
    separated = "\x1f" in "".join((*one[:2], *other[:2]))
    assert same == (one == other) or separated


def test_new_ids_are_version_7_and_in_order_of_time(monkeypatch):
    instants = iter([1_700_000_000_000_000_000, 1_700_000_000_001_000_000])
    monkeypatch.setattr("services.intake.fresh_id.time.time_ns", lambda: next(instants))
    first, second = UUID(uuid7()), UUID(uuid7())
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    assert first.int >> 80 == 1_700_000_000_000
    assert first < second


def test_new_ids_differ():
    assert len({uuid7() for _ in range(1_000)}) == 1_000
