"""docs/deadlines.md shows what `redress sla explain`, `what-if` and `pauses` print for the events that it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copytree
from typing import Any

from click.testing import CliRunner

from services.config.folder import SHIPPED
from services.sla_monitor.cli import sla

PAGE = (Path(__file__).parents[2] / "docs" / "deadlines.md").read_text(encoding="utf-8")
EVENTS, DIFFERENCE, PAUSES = re.findall(r"```ndjson\n(.*?)```", PAGE, re.DOTALL)
(EXPLAINED,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
POLICIES = ["--policies", str(SHIPPED / "policies.yaml"), "--now", "2026-11-09T12:00:00+08:00"]


def printed(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(sla, list(arguments), input=EVENTS)
    assert done.exit_code == 0, done.output
    return read(done.stdout)


def read(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def test_the_explanation_on_the_page_is_what_is_printed() -> None:
    resolution = [line for line in printed("explain", *POLICIES) if line["clock"] == "resolution"]
    assert resolution == [json.loads(EXPLAINED)]


def test_the_difference_on_the_page_is_what_is_printed(tmp_path: Path) -> None:
    candidate = copytree(SHIPPED, tmp_path / "candidate") / "policies.yaml"
    candidate.write_text(candidate.read_text().replace("{target: 1h", "{target: 4h"))
    arguments = ("--candidate", str(candidate), "--history", "-", "--ndjson")
    assert printed("what-if", *POLICIES, *arguments) == read(DIFFERENCE)


def test_the_pauses_on_the_page_are_what_is_printed() -> None:
    assert printed("pauses", *POLICIES) == read(PAUSES)
