"""The JSON Schemas beside the files that people write: what is shipped satisfies them, and slips show in an editor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from redress.publishing.config_schemas import DEFAULT

FOLDERS = ("services/config", "redress/demo/config", "redress/mappings")
FILES = sorted(file for folder in FOLDERS for file in Path(folder).rglob("*.yaml"))
MODELINE = "# yaml-language-server: $schema="


def schema_named_in(file: Path) -> Path:
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith(MODELINE), f"{file} does not name its schema"
    return file.parent / first.removeprefix(MODELINE)


def as_editors_read(text: str) -> Any:
    """YAML 1.2, in which a date is text and a key too."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def marked(schema: Path, text: str) -> list[str]:
    """Where an editor would mark the file, by JSON path."""
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    return [error.json_path for error in validator.iter_errors(as_editors_read(text))]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_file_that_is_shipped_names_a_schema_and_satisfies_it(file: Path) -> None:
    assert marked(schema_named_in(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("policies.yaml", "warn: {80: medium", "warn: {180: medium"),
        ("policies.yaml", "warn: {80: medium", "warn: {80: middling"),
        ("policies.yaml", "calendar: shanghai", "calender: shanghai"),
        ("policies.yaml", "target: 1h", "target: 1 hour"),
        ("calendars/shanghai.yaml", "09:00", "25:00"),
        ("calendars/shanghai.yaml", "mon:", "monday:"),
        ("channels.yaml", "reply_window: 24h", "reply_window: 1 day"),
        ("channels.yaml", "reply_window: 24h", "reply_window: 24h, mask: [telephone]"),
        ("channels.yaml", "reply_window: 24h", "reply_window: 24h, phone_region: China"),
        ("feedback.yaml", "ask_after: 10m", "ask_after: soon"),
        ("queues.yaml", "name: billing", "name: Billing"),
        ("rules.yaml", "category: [fraud]", "categories: [fraud]"),
        ("rules.yaml", "severity: [critical", "severity: [urgent"),
        ("rules.yaml", "priority: 90", "priority: 9000"),
    ],
)
def test_a_slip_in_a_file_is_marked(file: str, right: str, wrong: str) -> None:
    path = Path(DEFAULT, file)
    text = path.read_text(encoding="utf-8")
    assert right in text
    assert marked(schema_named_in(path), text.replace(right, wrong, 1)) != []


@pytest.mark.parametrize(
    "own",
    [
        "warn: {80: {level: high, owner: lead, runbook: r}}, starts: [complaint_received], stops: [holding_reply]",
        "starts: [complaint_received], stops: {holding_reply: 2}",
    ],
)
def test_each_way_to_write_a_clock_of_ones_own_satisfies_the_schema(own: str) -> None:
    clock = f"{{target: 4h, calendar: c, owner: o, runbook: r, {own}}}"
    text = f"{{version: 1, policies: [{{name: 2, match: {{}}, clocks: {{mine: {clock}}}}}]}}"
    assert marked(Path(DEFAULT) / "policies.schema.json", text) == []
