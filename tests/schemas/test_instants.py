"""Instants at the door: RFC 3339 and nothing else. Readers of topics take a little more."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from schemas.instants import ExternalInstant, ReportedInstant

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


@pytest.mark.parametrize("text", NOT_RFC3339)
def test_what_is_not_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        EXTERNAL.validate_json(json.dumps(text))
    said = Draft202012Validator(EXTERNAL.json_schema()).is_valid(text)
    assert said == text.endswith("\n")  # Python's $, alone of all, also matches before a last line break.


@pytest.mark.parametrize("text", ["2026-11-25T10:00Z", "2026-11-25T18:00:00+0800", "2026-11-25T10:00:00,0Z"])
def test_a_record_that_was_published_so_is_still_read(text: str) -> None:
    assert REPORTED.validate_json(json.dumps(text)) == AT_TEN


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00Z", "2026-11-25T24:00:00Z", "2016-12-31T23:59:60Z"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        EXTERNAL.validate_json(json.dumps(text))
