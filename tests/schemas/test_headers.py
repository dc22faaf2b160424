"""Headers: what CloudEvents 1.0 and W3C Trace Context ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.events import ComplaintClosed
from schemas.headers import cloudevents_headers, traceparent_of, valid_traceparent

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CLOSED = ComplaintClosed(
    event_id="0190d5a2-7b1c-7000-8000-000000000001",
    complaint_id="0190d5a2-7b1c-7000-8000-000000000002",
    occurred_at=datetime(2026, 11, 20, 17, 30, tzinfo=timezone(timedelta(hours=8))),
    recorded_at=datetime(2026, 11, 20, 9, 30, 1, tzinfo=UTC),
)


def test_an_event_is_named_by_cloudevents_headers_in_binary_mode() -> None:
    assert sorted(cloudevents_headers(CLOSED, "/redress/intake", None)) == [
        ("ce_id", b"0190d5a2-7b1c-7000-8000-000000000001"),
        ("ce_source", b"/redress/intake"),
        ("ce_specversion", b"1.0"),
        ("ce_time", b"2026-11-20T09:30:00Z"),
        ("ce_type", b"complaint_closed"),
        ("content-type", b"application/json"),
    ]


def test_the_trace_goes_on_where_there_is_one() -> None:
    assert traceparent_of(cloudevents_headers(CLOSED, "/redress/intake", TRACE)) == TRACE
    assert traceparent_of(cloudevents_headers(CLOSED, "/redress/intake", None)) is None


def test_each_source_has_its_own_headers() -> None:
    for source in ("/redress/intake", "/redress/router", "/redress/intake"):
        assert dict(cloudevents_headers(CLOSED, source, None))["ce_source"] == source.encode()


@pytest.mark.parametrize(
    "value",
    [
        TRACE,
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        b"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        b"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings",
    ],
)
def test_a_valid_traceparent_is_kept(value: bytes) -> None:
    assert valid_traceparent(value)
    assert traceparent_of([("ce_id", b"1"), ("traceparent", value)]) == value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(None, id="a header without a value"),
        pytest.param(TRACE.upper(), id="upper case"),
        pytest.param(b"ff" + TRACE[2:], id="the forbidden version"),
        pytest.param(TRACE + b"-more", id="version 00 with more"),
        pytest.param(TRACE + b"\n", id="a line break behind"),
        pytest.param(b"cc" + TRACE[2:] + b"more", id="more without a dash"),
        pytest.param(TRACE[:-1], id="too short"),
        pytest.param(b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01", id="no trace id"),
        pytest.param(b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01", id="no parent id"),
        pytest.param(b"\xff\x00", id="bytes that are no text"),
    ],
)
def test_a_traceparent_that_is_not_one_is_dropped_not_passed_on(value: bytes | None) -> None:
    assert traceparent_of([("traceparent", value)]) is None
