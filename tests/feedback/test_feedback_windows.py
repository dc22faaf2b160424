"""Tumbling windows cover all time once, in every zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.feedback.domain.tumbling_windows import Width

WIDTHS = [Width.parse(text) for text in ("10s", "15m", "1h", "12h", "1d", "1w")]
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Shanghai",
        "Asia/Kathmandu",
        "America/St_Johns",  # until 2011 its clocks went back at 00:01, into the day before
        "America/Sao_Paulo",  # until 2019 its summer began by skipping midnight
        "Australia/Lord_Howe",  # half an hour of summer time
        "Pacific/Apia",  # had no 30 December 2011
        "Europe/Lisbon",
    )
]
instants = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(instants, st.sampled_from(WIDTHS), st.sampled_from(ZONES))
@example(datetime(2009, 11, 1, 2, 40, tzinfo=UTC), WIDTHS[1], ZONES[3])
@example(datetime(2009, 11, 1, 2, 40, tzinfo=UTC), WIDTHS[4], ZONES[3])
@example(datetime(2018, 11, 4, 3, 0, tzinfo=UTC), WIDTHS[4], ZONES[4])
@example(datetime(2011, 12, 30, 9, 59, tzinfo=UTC), WIDTHS[4], ZONES[6])
@example(datetime(2026, 4, 4, 15, 15, tzinfo=UTC), WIDTHS[2], ZONES[5])
def test_every_instant_lies_in_one_window_and_the_next_begins_where_it_ends(at, width, zone):
    start, end = width.find_window(at, zone)
    assert start <= at < end
    assert width.find_window(start, zone) == width.find_window(end - timedelta(microseconds=1), zone) == (start, end)
    assert width.find_window(end, zone)[0] == end


@pytest.mark.parametrize(
    ("at", "width", "zone", "start", "end"),
    [
        ("2026-11-02T10:59:59.999999+00:00", "1h", "UTC", "2026-11-02T10:00+00:00", "2026-11-02T11:00+00:00"),
        ("2026-11-02T11:00+00:00", "1h", "UTC", "2026-11-02T11:00+00:00", "2026-11-02T12:00+00:00"),
        ("2026-11-02T10:20+00:00", "1h", "Asia/Kathmandu", "2026-11-02T10:15+00:00", "2026-11-02T11:15+00:00"),
        ("2026-11-02T15:59+00:00", "1d", "Asia/Shanghai", "2026-11-02T00:00+08:00", "2026-11-03T00:00+08:00"),
        ("2026-11-02T16:00+00:00", "1d", "Asia/Shanghai", "2026-11-03T00:00+08:00", "2026-11-04T00:00+08:00"),
        ("2026-11-08T23:59+00:00", "1w", "UTC", "2026-11-02T00:00+00:00", "2026-11-09T00:00+00:00"),
        ("2026-11-09T00:00+00:00", "1w", "UTC", "2026-11-09T00:00+00:00", "2026-11-16T00:00+00:00"),
        ("2026-03-29T12:00+00:00", "1d", "Europe/Lisbon", "2026-03-29T00:00+00:00", "2026-03-30T00:00+01:00"),
        ("2026-03-29T20:00+00:00", "12h", "Europe/Lisbon", "2026-03-29T13:00+01:00", "2026-03-30T00:00+01:00"),
        ("2026-10-25T12:00+00:00", "1d", "Europe/Lisbon", "2026-10-25T00:00+01:00", "2026-10-26T00:00+00:00"),
        ("2026-10-25T12:00+00:00", "1w", "Europe/Lisbon", "2026-10-19T00:00+01:00", "2026-10-26T00:00+00:00"),
        ("2026-10-25T00:30+00:00", "1h", "Europe/Lisbon", "2026-10-25T01:00+01:00", "2026-10-25T01:00+00:00"),
        ("2009-11-01T02:40+00:00", "1d", "America/St_Johns", "2009-11-01T00:00-02:30", "2009-11-02T00:00-03:30"),
    ],
)
def test_windows_follow_the_local_day_and_week(at, width, zone, start, end):
    found = Width.parse(width).find_window(datetime.fromisoformat(at), ZoneInfo(zone))
    assert found == (datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert all(instant.tzinfo is UTC for instant in found)


@pytest.mark.parametrize(
    "text", ["", "1", "h", "0h", "7h", "25h", "2d", "2w", "1y", "1.5h", " 1h", "-1h", "1H", "99999s"]
)
def test_what_does_not_tile_days_is_refused(text):
    with pytest.raises(ValueError, match="window"):
        Width.parse(text)
