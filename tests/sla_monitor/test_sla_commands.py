"""``redress sla``: lines in, as many lines out, and a broken calendar refused before any is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.config.yaml_files import ConfigError
from services.sla_monitor.cli import sla

SHANGHAI = Path(__file__).parents[2] / "services" / "config" / "default" / "calendars" / "shanghai.yaml"
BROKEN = """\
version: 1
zone: Asia/Shanghai
hours:
  mon: ["09:00-25:00"]
"""


def test_every_line_is_answered_in_its_place():
    questions = [
        {"start": "2026-10-01T10:00:00+08:00", "target": "1h"},
        {"start": "2026-10-01T10:00:00+08:00", "target": "soon"},
        {"start": "2026-10-01T10:00:00+08:00", "end": "2026-10-09T09:30:00+08:00"},
    ]
    done = CliRunner().invoke(
        sla, ["due", "--calendar", str(SHANGHAI)], input="".join(json.dumps(one) + "\n" for one in questions)
    )
    assert done.exit_code == 0
    due, error, worked = map(json.loads, done.stdout.splitlines())
    assert due == {"due_at": "2026-10-08T02:00:00Z"}  # after the holidays of the National Day
    assert error["error"].startswith("'soon' is no target")
    assert worked == {"working_seconds": 28_800}


def test_a_broken_calendar_is_refused_with_its_line_before_any_question_is_read(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text(BROKEN)
    done = CliRunner().invoke(sla, ["due", "--calendar", str(broken)], input="{}\n")
    assert isinstance(done.exception, ConfigError)
    assert f"{broken}:4: " in str(done.exception)
    assert "09:00-25:00" in str(done.exception)
    assert done.stdout == ""


def test_a_byte_order_mark_and_blank_lines_at_the_end_are_no_questions_and_answers_stay_in_line():
    question, due = json.dumps({"start": "2026-10-01T10:00:00+08:00", "target": "0d"}), "2026-10-01T02:00:00Z"
    told = f"\ufeff{question}\r\n\n{question}\n  \n\n"
    done = CliRunner().invoke(sla, ["due", "--calendar", str(SHANGHAI)], input=told.encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == [{"due_at": due}, {"error": "this line is blank"}, {"due_at": due}]


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("asked", [{"target": "9999999h"}, {"target": "1d"}, {"end": "2026-10-01T10:00:00Z"}])
def test_instants_at_the_edges_of_the_calendar_are_errors_in_their_place(start, asked):
    questions = json.dumps({"start": start} | asked) + "\n"
    done = CliRunner().invoke(sla, ["due", "--calendar", str(SHANGHAI)], input=questions)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["error"]
