"""Instants as logs write them: a cell and formats in, UTC or a reason out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from redress.replay.instants import check_format, read_instant

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NINE = datetime(2024, 1, 2, 9, 0, 5, tzinfo=UTC)


def fraction(microseconds: int) -> datetime:
    return NINE + timedelta(microseconds=microseconds)


@pytest.mark.parametrize(
    ("form", "written", "instant"),
    [
        ("%Y-%m-%d %H:%M:%S", "2024-01-02 17:00:05", NINE),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-02T10:00:05+01:00", NINE),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-02T04:00:05-0500", NINE),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-02T09:00:05Z", NINE),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-01-02 17:00:05.25", fraction(250_000)),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-01-02 17:00:05", NINE),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-01-02 17:00:05.1234567", fraction(123_456)),
        ("%d.%m.%Y %H:%M:%S,%f", "02.01.2024 17:00:05,123456789", fraction(123_456)),
        ("%d.%m.%Y %H:%M:%S.%f", "02.01.2024 17:00:05", NINE),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-01-02T10:00:05.1234567+01:00", fraction(123_456)),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-01-02T10:00:05+01:00", NINE),
        ("iso8601", "2024-01-02T17:00:05", NINE),
        ("iso8601", "2024-01-02T09:00:05.1234567Z", fraction(123_456)),
        ("iso8601", "2024-01-02 10:00:05+01:00", NINE),
        ("epoch_seconds", "1704186005", NINE),
        ("epoch_seconds", "1704186005.25", fraction(250_000)),
        ("epoch_milliseconds", "1704186005250", fraction(250_000)),
    ],
)
def test_an_instant_is_read_as_its_format_says(form, written, instant):
    assert read_instant(written, [check_format(form)], SHANGHAI) == instant


def test_of_several_formats_the_first_that_fits_counts():
    formats = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"]
    assert read_instant("2024-01-02T10:00:05+01:00", formats, SHANGHAI) == NINE
    assert read_instant("2024-01-02T17:00:05", formats, SHANGHAI) == NINE


@pytest.mark.parametrize(
    ("form", "written", "zone"),
    [
        ("iso8601", "0001-01-01T00:00", SHANGHAI),
        ("%Y-%m-%d %H:%M", "0001-01-01 00:00", SHANGHAI),
        ("%Y-%m-%d %H:%M", "9999-12-31 23:59", NEW_YORK),
        ("%Y-%m-%d %H:%M", "1969-12-31 23:59", ZoneInfo("UTC")),
        ("%Y-%m-%d %H:%M", "2200-01-01 00:00", NEW_YORK),
        ("epoch_seconds", "0", SHANGHAI),
        ("epoch_seconds", "-1", SHANGHAI),
        ("epoch_seconds", "1704186005250", SHANGHAI),
        ("epoch_seconds", "99999999999999999999", SHANGHAI),
    ],
)
def test_an_instant_that_no_complaint_can_have_is_refused(form, written, zone):
    with pytest.raises(ValueError, match="lies outside the years 1970 to 2199"):
        read_instant(written, [form], zone)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("%Y-%m-%d %H:%M", "02.01.2024 17:00"),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-01-02"),
        ("iso8601", "yesterday"),
        ("epoch_seconds", "1.7E+9"),
        ("epoch_milliseconds", ""),
    ],
)
def test_what_is_not_written_so_is_refused_and_the_format_named(form, written):
    with pytest.raises(ValueError, match=r"^is not written as ") as refusal:
        read_instant(written, [form], SHANGHAI)
    assert form in str(refusal.value)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("%H:%M", "year, month and day"),
        ("%Y-%m-%d %I:%M", "add %p"),
        ("%Y-%m-%d %H:%M %Z", "write %z"),
        ("%s", "epoch_seconds"),
        ("ISO", "year, month and day"),
    ],
)
def test_a_format_by_which_instants_would_be_wrong_is_refused(form, says):
    with pytest.raises(ValueError, match=says):
        check_format(form)


def test_hours_of_half_a_day_need_their_half():
    assert read_instant("01/02/2024 05:00:05 PM", [check_format("%m/%d/%Y %I:%M:%S %p")], SHANGHAI) == NINE
