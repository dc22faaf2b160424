"""Questions as lines of JSON: each gets its answer, or what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.worktime.questions import answered
from tests.worktime.calendars import calendar

SHANGHAI = calendar("Asia/Shanghai", "09:00-12:00", "13:30-18:00")
MONDAY = "2026-11-02T17:30:00+08:00"


def answer(**question: Any) -> Any:
    return json.loads(answered(json.dumps(question).encode(), SHANGHAI))


@pytest.mark.parametrize(
    ("target", "due"),
    [
        ("15m", "2026-11-02T09:45:00Z"),
        ("4h", "2026-11-03T06:00:00Z"),
        ("3bd", "2026-11-05T10:00:00Z"),
        ("15d", "2026-11-17T09:30:00Z"),
        ("30cd", "2026-12-02T16:00:00Z"),
    ],
)
def test_a_start_and_a_target_are_answered_by_when_it_is_due(target: str, due: str) -> None:
    assert answer(start=MONDAY, target=target) == {"due_at": due}


def test_a_start_and_an_end_are_answered_by_the_seconds_worked_between() -> None:
    assert answer(start=MONDAY, end="2026-11-03T10:00:00+08:00") == {"working_seconds": 5_400}
    assert answer(start=MONDAY, end="2026-11-02T17:30:00.000001+08:00") == {"working_seconds": 0.000001}
    assert answer(start="2026-11-03T10:00:00+08:00", end=MONDAY) == {"working_seconds": -5_400}


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({"start": "2026-11-02T17:30:00", "target": "4h"}, "/start: Input should have timezone info"),
        ({"start": 0, "target": "4h"}, "/start: Input should be a valid string"),
        ({"target": "4h"}, "/start: Field required"),
        ({"start": MONDAY, "target": 4}, "/target: Input should be a valid string"),
        ({"start": MONDAY, "target": "4x"}, "'4x' is no target; write a whole number and one unit"),
        ({"start": MONDAY}, 'ask with "start" and either "target" or "end"'),
        ({"start": MONDAY, "target": "4h", "end": MONDAY}, 'ask with "start" and either "target" or "end"'),
        ({"start": MONDAY, "target": "4h", "until": MONDAY}, "Extra inputs are not permitted"),
        ({"start": MONDAY, "target": "4000000d"}, "the answer lies outside the years 1900 to 3000"),
    ],
)
def test_what_is_wrong_with_a_question_is_its_answer(question: dict[str, Any], error: str) -> None:
    assert answer(**question)["error"].startswith(error)


@pytest.mark.parametrize("line", [b"", b"\n", b"due?", b'"4h"', b"\xff", b'{"start": "\x00"}', b"[" * 100_000])
def test_a_line_that_is_no_question_is_answered_by_an_error(line: bytes) -> None:
    assert json.loads(answered(line, SHANGHAI)).keys() == {"error"}
