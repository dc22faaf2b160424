"""Every type that complaint-events carries is stored, under a number and a rank of its own."""

from __future__ import annotations

from schemas.events import LIFECYCLE_RANK
from services.lifecycle.event_kinds import AUTOMATIC_CUSTOMER_REPLY, KINDS, RANKS, TYPES


def test_every_type_of_event_has_a_kind() -> None:
    assert KINDS.keys() == LIFECYCLE_RANK.keys() - {"clock_advanced"} | {"complaint_routed"}


def test_kinds_have_numbers_of_their_own_in_a_byte_and_a_rank_each() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
    assert TYPES.keys() == RANKS.keys() >= set(KINDS.values())
    assert all(0 <= kind < 256 for kind in TYPES)
    assert RANKS[KINDS["complaint_routed"]] > max(RANKS[kind] for kind in RANKS if TYPES[kind] != "complaint_routed")


def test_an_automatic_reply_has_the_rank_of_its_type() -> None:
    assert RANKS[AUTOMATIC_CUSTOMER_REPLY] == RANKS[KINDS["customer_replied"]]


def test_an_agent_is_released_before_the_next_is_assigned_in_one_instant() -> None:
    assert RANKS[KINDS["agent_released"]] < RANKS[KINDS["agent_assigned"]]
