"""Rows are the same after bytes as before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lifecycle.event_bytes import encode_event
from services.lifecycle.event_limit import MAX_EVENTS
from services.lifecycle.event_log import EventLog
from services.lifecycle.stored_event import make_stored_event
from services.sla_monitor.domain.alerts.published import AlertKey, Published, PublishedAlert, PublishedStop, StopKey
from services.sla_monitor.domain.rows.row import Row, append_event, decode_row, encode_row, peek_row
from tests.sla_monitor import stories
from tests.sla_monitor.stories import at

NAMES = st.text(min_size=1, max_size=20).map(lambda text: text.replace("\0", "-"))
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


def encode(event: Any) -> bytes:
    return encode_event(make_stored_event(event))


EVENTS = st.lists(st.integers(0, 500).map(lambda n: encode(stories.replied(at(n)))), max_size=5)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    events = draw(EVENTS)
    published = Published(draw(DIGESTS), tuple(draw(st.lists(NAMES, max_size=4))))
    published.alerts, published.stops = draw(ALERTS), draw(STOPS)
    log = EventLog(b"".join(events), len(events), draw(INSTANTS), draw(st.just(0) | INSTANTS))
    return Row(log, published, draw(INSTANTS), draw(INSTANTS))


def contents(row: Row) -> tuple[Any, ...]:
    published, log = row.published, row.log
    told = published.clocks_digest, published.open_clocks, published.alerts, published.stops
    return row.due, row.grace_ends, told, log.touched, log.overflowed, log.count, log.events


@given(rows())
def test_a_row_is_the_same_after_bytes(row: Row) -> None:
    assert contents(decode_row(encode_row(row))) == contents(row)


@given(rows())
def test_a_row_is_read_at_a_glance(row: Row) -> None:
    assert peek_row(encode_row(row)) == (row.due, row.log.overflowed > 0, bool(row.published.open_clocks))


@pytest.mark.parametrize(("count", "is_full"), [(MAX_EVENTS - 1, False), (MAX_EVENTS, True)])
def test_a_row_with_as_many_events_as_may_be_is_full(count: int, is_full: bool) -> None:
    assert peek_row(encode_row(Row(EventLog(count=count), Published()))).is_full is is_full


@given(rows(), INSTANTS)
def test_an_event_is_appended_without_reading_the_row(row: Row, touched: int) -> None:
    event = encode(stories.assigned(at(9)))
    longer = decode_row(append_event(encode_row(row), event, touched))
    log = row.log
    row.log = EventLog(log.events + event, log.count + 1, max(log.touched, touched), log.overflowed)
    assert contents(longer) == contents(row)


@pytest.mark.parametrize("read", [decode_row, peek_row])
@pytest.mark.parametrize("number", [1, 9])
def test_a_row_of_another_format_is_refused(read: Callable[[bytes], Any], number: int) -> None:
    with pytest.raises(ValueError, match=f"format {number}, and this version reads 2; replay the topics"):
        read(bytes([number]) + encode_row(Row(EventLog(), Published()))[1:])
