"""Derived ids: the same parts give the same id, other parts another."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.ids import NAMESPACE, derived_id, is_test_id, mark_test_id

lists_of_parts = st.lists(st.text(alphabet="ab\x1f\x1bs", max_size=4), min_size=1, max_size=4)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f\x1b")), min_size=1))
def test_an_id_is_the_version_5_uuid_of_its_parts(parts: list[str]) -> None:
    assert derived_id(*parts) == str(uuid5(UUID(bytes=NAMESPACE), "\x1f".join(parts)))


def test_ids_that_were_published_are_given_again() -> None:
    """They stand in topics and in other people's tables: a change would double everything."""
    assert derived_id("local", "web", "ref", "R-1") == "70d443fa-b4c0-58d0-98d4-6d667bc1ed4e"
    assert derived_id("a\x1fb", "\x1b") == "31ad6fd0-ef1b-5719-ad4c-8a88cd329088"


@given(lists_of_parts, lists_of_parts)
@example(["a", "b"], ["a\x1fb"])
@example(["a\x1fb", "c"], ["a", "b\x1fc"])
@example(["a\x1fb"], ["a\x1bsb"])
@example(["a\x1b", "sb"], ["a\x1bsb"])
@example(["", ""], [""])
def test_no_two_lists_of_parts_share_an_id(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


@given(st.uuids())
def test_an_id_of_a_test_key_is_a_uuid_of_version_8_that_differs_in_its_version_alone(identifier: UUID) -> None:
    marked = mark_test_id(str(identifier))
    assert UUID(marked).hex[12] == "8"
    assert (marked[:14], marked[15:]) == (str(identifier)[:14], str(identifier)[15:])
    assert is_test_id(marked)
    assert mark_test_id(marked) == marked


def test_a_derived_id_is_no_test_s() -> None:
    assert not is_test_id(derived_id("a", "b"))
