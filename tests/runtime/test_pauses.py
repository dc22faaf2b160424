from __future__ import annotations

import pytest

from services.runtime.dead_letter_limit import RUN_LIMIT
from services.runtime.pauses import Pauses
from services.runtime.table import Table

TOPICS = ("orders", "payments")


@pytest.fixture
def table() -> Table:
    return Table()


def paused(table: Table) -> Pauses:
    """Orders are paused at RUN_LIMIT."""
    pauses = Pauses(table, TOPICS)
    bad = [pauses.bad("orders", offset, "malformed_json") for offset in range(RUN_LIMIT)]
    assert bad == [False] * (RUN_LIMIT - 1) + [True]
    return pauses


def recovered(table: Table, orders: int) -> Pauses:
    pauses = Pauses(table, TOPICS)
    pauses.recovered({"orders": orders, "payments": 0})
    return pauses


def test_a_source_past_its_limit_pauses_behind_the_last_bad_record_and_no_other_does(table):
    assert paused(table).at == {"orders": RUN_LIMIT}


def test_the_next_owner_finds_the_pause_among_the_rows(table):
    paused(table)
    assert recovered(table, orders=RUN_LIMIT).at == {"orders": RUN_LIMIT}


def test_a_source_that_was_set_elsewhere_goes_on_and_leaves_no_row_behind(table):
    paused(table)
    assert recovered(table, orders=RUN_LIMIT + 7).at == {}
    assert table.rows == {}


def test_what_ends_before_the_pause_ends_nothing_and_what_reaches_it_does_once(table):
    pauses = paused(table)
    assert not pauses.allow("orders", RUN_LIMIT - 1)
    assert pauses.at == {"orders": RUN_LIMIT}
    assert pauses.allow("orders", RUN_LIMIT)
    assert not pauses.allow("orders", RUN_LIMIT)
    assert (pauses.at, table.rows) == ({}, {})


def test_after_a_pause_the_limit_counts_from_nothing_behind_what_was_allowed(table):
    pauses = paused(table)
    pauses.allow("orders", RUN_LIMIT + 50)
    bad = [pauses.bad("orders", offset, "malformed_json") for offset in range(RUN_LIMIT, 2 * RUN_LIMIT + 50)]
    assert bad == [False] * (RUN_LIMIT + 49) + [True]
