"""What a command answers depends on its input alone: not on the host's time zones, nor on its character encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from services.config.folder import SHIPPED

WEEK = ", ".join(f'{day}: ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))


def redress(*arguments: str | Path, told: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    command = [sys.executable, "-c", "from redress.cli import main; main()", *arguments]
    return subprocess.run(command, env=inherited | environment, input=told, capture_output=True, timeout=60)


def test_a_due_instant_does_not_depend_on_the_time_zones_of_the_host(tmp_path: Path) -> None:
    calendar = tmp_path / "vancouver.yaml"
    calendar.write_text(f"version: 1\nzone: America/Vancouver\nhours: {{{WEEK}}}\n")
    question = b'{"start": "2026-12-01T18:00Z", "target": "1bd"}\n'
    of_this_host = redress("sla", "due", "--calendar", calendar, told=question)
    zones = tmp_path / "zones" / "America"
    zones.mkdir(parents=True)
    (zones / "Vancouver").write_bytes(files("tzdata").joinpath("zoneinfo", "Etc", "UTC").read_bytes())
    of_another = redress("sla", "due", "--calendar", calendar, told=question, PYTHONTZPATH=str(zones.parent))
    assert of_another.stdout == of_this_host.stdout
    # At 17:00 of British Columbia, where the clocks are no longer put back: seven hours behind UTC.
    assert json.loads(of_another.stdout) == {"due_at": "2026-12-03T00:00:00Z"}


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "gbk"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
def test_commands_print_utf_8_whatever_the_locale_says(environment: dict[str, str]) -> None:
    calendar = SHIPPED / "calendars" / "shanghai.yaml"
    question = '{"start": "2026-12-01T18:00:00Z", "target": "三天"}\n'.encode()
    answered = redress("sla", "due", "--calendar", calendar, told=question, **environment)
    assert "'三天' is no target" in json.loads(answered.stdout.decode())["error"]
    simulated = redress("simulate", "--complaints", "30", **environment)
    assert any(character > "\u4e00" for character in simulated.stdout.decode())


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_messages_are_utf_8_too(tmp_path: Path, encoding: str) -> None:
    absent = tmp_path / "日历.yaml"
    refused = redress("sla", "due", "--calendar", absent, PYTHONIOENCODING=encoding)
    assert (refused.returncode, refused.stderr.decode()) == (
        2,
        f"{absent}:1: /: the file does not exist; create it\n",
    )
