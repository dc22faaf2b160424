"""Instants at the door: RFC 3339 and nothing else. Readers of topics take a little more."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.instants import ExternalInstant, ReportedInstant
from tests.described import drawn_from, is_valid, near_misses, takes, validator

EXTERNAL: TypeAdapter[datetime] = TypeAdapter(ExternalInstant)
REPORTED: TypeAdapter[datetime] = TypeAdapter(ReportedInstant)
AT_TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
NOT_RFC3339 = [
    "2026-11-25T10:00",
    "2026-11-25T10:00Z",
    "2026-11-25T10:00:00",
    "2026-11-25T10:00:00+0800",
    "2026-11-25T10:00:00+08",
    "2026-11-25T10:00:00,5Z",
    "2026-11-25T10:00:00.Z",
    "2026-11-25T10:00:00 Z",
    "2026-11-25T10:00:00\u22128:00",
    "2026-11-25T10:00:00Z\n",
    "٢026-11-25T10:00:00Z",
    "20261125T100000Z",
    "2026-11-25T10:00:00Z[Europe/Berlin]",
]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T10:00:00Z",
        "2026-11-25t10:00:00z",
        "2026-11-25 10:00:00Z",
        "2026-11-25T18:00:00+08:00",
        "2026-11-25T10:00:00-00:00",
        "2026-11-25T10:00:00.000Z",
        "2026-11-25T10:00:00.000000999Z",
    ],
)
def test_rfc_3339_is_taken(text: str) -> None:
    assert EXTERNAL.validate_json(json.dumps(text)) == AT_TEN
    assert is_valid(EXTERNAL.json_schema(), text) == (" " not in text)


@pytest.mark.parametrize("text", NOT_RFC3339)
def test_what_is_not_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        EXTERNAL.validate_json(json.dumps(text))
    assert not is_valid(EXTERNAL.json_schema(), text)


@pytest.mark.parametrize("text", ["2026-11-25T10:00Z", "2026-11-25T18:00:00+0800", "2026-11-25T10:00:00,0Z"])
def test_a_record_that_was_published_so_is_still_read(text: str) -> None:
    assert REPORTED.validate_json(json.dumps(text)) == AT_TEN


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00Z", "2026-11-25T24:00:00Z", "2016-12-31T23:59:60Z"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        EXTERNAL.validate_json(json.dumps(text))
    assert not is_valid(EXTERNAL.json_schema(), text)


def is_left_out(text: str) -> bool:
    """Whether the door may take it all the same: with a space, or in a year that is another one in UTC."""
    return " " in text or text[:10] in {"1969-12-31", "1970-01-01", "2199-12-31", "2200-01-01"}


@given(st.one_of(drawn_from(EXTERNAL.json_schema()), near_misses(EXTERNAL.json_schema())))
@example("2026-11-25T10:00:00." + "9" * 5_000 + "Z")
@example("1970-01-01T00:00:00Z")
@example("1970-01-01T00:00:00-23:59")
@example("1970-01-01T00:30:00+00:31")
@example("2199-12-31T23:59:59.9999999+00:00")
@example("2199-12-31T23:00:00-01:00")
def test_the_json_schema_takes_what_is_taken(text: str) -> None:
    if is_valid(EXTERNAL.json_schema(), text):
        assert takes(EXTERNAL, text)
    elif not is_left_out(text):
        assert not takes(EXTERNAL, text)


def test_the_json_schema_has_every_day_of_the_calendar_and_no_other() -> None:
    february = [(year, 2, day) for year in range(1969, 2201) for day in (28, 29, 30)]
    others = [(2027, month, day) for month in range(14) for day in range(33)]
    written = [f"{year}-{month:02}-{day:02}T12:00:00Z" for year, month, day in february + others]
    described = validator(EXTERNAL.json_schema())
    assert [text for text in written if described.is_valid(text) != takes(EXTERNAL, text)] == []


def test_the_json_schema_has_every_minute_of_a_day_and_every_offset() -> None:
    clock = [f"{hour:02}:{minute:02}" for hour in range(26) for minute in (0, 1, 9, 30, 59, 60, 99)]
    written = [f"2026-11-25T{time}:00Z" for time in clock]
    written += [
        f"{day}T12:00:00{sign}{time}" for day in ("2026-11-25", "1970-01-02") for sign in "+-" for time in clock
    ]
    described = validator(EXTERNAL.json_schema())
    assert [text for text in written if described.is_valid(text) != takes(EXTERNAL, text)] == []
