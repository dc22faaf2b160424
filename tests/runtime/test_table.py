from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.table import NEVER, Table


def test_a_row_comes_back_without_its_header_and_its_change_is_taken_once():
    table = Table()
    table.put(b"key", b"body", due=7)
    assert table.get(b"key") == b"body"
    assert set(table.take_changed()) == {b"key"}
    assert table.take_changed() == {}


def test_deleting_a_row_leaves_a_tombstone_for_the_changelog_and_deleting_nothing_leaves_none():
    table = Table()
    table.put(b"key", b"body")
    table.take_changed()
    table.delete(b"key")
    table.delete(b"never there")
    assert table.take_changed() == {b"key": None}


def test_a_row_put_again_with_another_due_instant_is_due_at_the_new_one_only():
    table = Table()
    table.put(b"key", b"", due=10)
    table.put(b"key", b"", due=20)
    assert list(table.pop_due(15)) == []
    assert list(table.pop_due(20)) == [(b"key", 20)]
    assert list(table.pop_due(30)) == []


def test_a_due_row_that_was_deleted_or_needs_nothing_more_is_not_due():
    table = Table()
    table.put(b"deleted", b"", due=10)
    table.put(b"done", b"", due=10)
    table.delete(b"deleted")
    table.put(b"done", b"")
    assert list(table.pop_due(NEVER - 1)) == []


changes = st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.one_of(st.none(), st.integers(0, 50), st.just(NEVER)))
)


@given(changes, st.integers(0, 60))
def test_a_recovered_table_holds_the_same_rows_and_the_same_due_keys(history, now):
    table, changelog = Table(), []
    for key, due in history:
        if due is None:
            table.delete(key)
        else:
            table.put(key, b"x", due)
        changelog.extend(table.take_changed().items())
    recovered = Table()
    for key, row in changelog:
        recovered.recover(key, row)
    recovered.recovered()
    assert recovered.rows == table.rows
    assert sorted(recovered.pop_due(now)) == sorted(table.pop_due(now))


@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 20) | st.just(NEVER))),
    st.integers(0, 20),
)
def test_overdue_counts_the_rows_that_are_due_as_they_stand(puts: list[tuple[bytes, int]], now: int) -> None:
    table = Table()
    for key, due in puts:
        table.put(key, b"", due)
    due_at = dict(puts)
    assert table.overdue(now) == sum(due <= now for due in due_at.values())
    assert list(table.pop_due(now)) == sorted(
        ((key, due) for key, due in due_at.items() if due <= now), key=lambda entry: (entry[1], entry[0])
    )
    assert table.overdue(now) == 0
