"""``redress sla``: lines in, as many lines out, and a broken calendar refused before any is read."""

from __future__ import annotations

import json
from pathlib import Path

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
