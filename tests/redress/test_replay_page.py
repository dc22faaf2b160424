"""docs/replay.md says what is true: its logs and mappings give the events it shows, and it names what there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click import Option

from redress.commands.replay import replay
from redress.replay.condition import Condition
from redress.replay.conversion import convert_log
from redress.replay.field_source import FieldSource
from redress.replay.instants import NAMED_FORMATS
from redress.replay.mapping import EventMapping, FileShape, ReplayMapping, RowShape
from redress.replay.rows import read_rows
from services.config.yaml_files import load

PAGE = (Path(__file__).parents[2] / "docs" / "replay.md").read_text(encoding="utf-8")
BLOCKS = {
    kind: re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE) for kind in ("csv", "yaml", "text")
}
MODELS = (ReplayMapping, FileShape, RowShape, EventMapping, FieldSource, Condition)
AFTERWARDS = datetime(2027, 1, 1, tzinfo=UTC)
KEYS = {field.alias or name for model in MODELS for name, field in model.model_fields.items()}


def in_words(event: Any, complaint: str) -> str:
    said = [complaint, event.occurred_at.strftime("%H:%M"), event.type]
    said += [event.agent_id] if getattr(event, "agent_id", None) else []
    said += ["replaces", event.replaces] if getattr(event, "replaces", None) else []
    return " ".join(said)


@pytest.mark.parametrize(("log", "mapping", "events"), list(zip(*BLOCKS.values(), strict=True)))
def test_a_log_on_the_page_gives_the_events_on_the_page(tmp_path, log, mapping, events):
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
    read = read_rows(tmp_path / "log.csv", loaded := load(tmp_path / "mapping.yaml", ReplayMapping), until=AFTERWARDS)
    found = convert_log(read, loaded, "page", recorded_at=AFTERWARDS)
    names = {event.complaint_id: event.customer.id for event in found.events if event.type == "complaint_received"}
    assert found.rejected == []
    assert [in_words(event, names[event.complaint_id]) for event in found.events] == events.splitlines()


@pytest.mark.parametrize("name", sorted(KEYS | NAMED_FORMATS.keys()))
def test_the_page_names_every_key_and_format(name):
    assert re.search(rf"\b{name}\b", PAGE)


def test_the_page_names_every_option():
    options = [name for option in replay.params if isinstance(option, Option) for name in option.opts]
    assert [name for name in options if f"`{name}" not in PAGE] == []
