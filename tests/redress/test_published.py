"""What is published: it is what the code says, and it is right by the official AsyncAPI schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from redress.commands.schemas import schemas
from redress.publishing.asyncapi import asyncapi
from redress.publishing.config_schemas import config_schemas
from redress.publishing.documents import BASELINE, PUBLISHED, TOPICS, documents, topic_changes, topic_schemas
from redress.publishing.metrics_page import PAGE, metrics_page

REPOSITORY = Path(__file__).parents[2]
OFFICIAL = Path(__file__).parent / "asyncapi-3.0.0.json"
DOCUMENTS = documents()
JSON_DOCUMENTS = {name: json.loads(text) for name, text in DOCUMENTS.items() if name.endswith(".json")}
RECEIVED = f"{PUBLISHED}/complaint-events.json"
STATUSES = f"{PUBLISHED}/sla-clocks.json"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that publishes just what the code says."""
    for name, text in {**DOCUMENTS, **config_schemas(), PAGE: metrics_page()}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    baseline = {"date": "2026-01-31", "why": "a test", "topics": topic_schemas(DOCUMENTS)}
    (tmp_path / BASELINE).write_text(json.dumps(baseline), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str) -> Result:
    return CliRunner().invoke(schemas, [command])


def edit(path: Path, **changes: object) -> None:
    """Change the published schema of one field, as an older or newer version of the code would have it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    fields = document["$defs"]["ComplaintReceived"]["properties"]
    for name, schema in changes.items():
        if schema is None:
            del fields[name]
        else:
            fields[name] = schema
    path.write_text(json.dumps(document), encoding="utf-8")


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document: Any, reference: str) -> Any:
    assert reference.startswith("#/"), reference
    node = document
    for part in reference[2:].split("/"):
        node = node[part]
    return node


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_what_is_committed_is_what_the_code_says(name: str) -> None:
    committed = (REPOSITORY / name).read_text(encoding="utf-8")
    assert committed == DOCUMENTS[name], "run `redress schemas publish`"


def test_nothing_else_is_published() -> None:
    files = {f"{PUBLISHED}/{path.name}" for path in (REPOSITORY / PUBLISHED).iterdir()}
    assert files == {name for name in DOCUMENTS if name.startswith(PUBLISHED)}


@pytest.mark.parametrize("name", sorted(JSON_DOCUMENTS))
def test_no_reference_dangles(name: str) -> None:
    document = JSON_DOCUMENTS[name]
    assert all(isinstance(resolve(document, reference), dict) for reference in references(document))


@pytest.mark.parametrize("name", sorted(JSON_DOCUMENTS))
def test_what_a_document_defines_is_used(name: str) -> None:
    document = JSON_DOCUMENTS[name]
    used = set(references(document))
    defined = {f"#/$defs/{model}" for model in document.get("$defs", {})}
    components = document.get("components", {})
    defined |= {f"#/components/{kind}/{model}" for kind, models in components.items() for model in models}
    assert defined <= used


@pytest.mark.parametrize("name", sorted(JSON_DOCUMENTS))
def test_a_topic_s_document_is_a_json_schema(name: str) -> None:
    if not name.endswith("asyncapi.json"):
        jsonschema.Draft202012Validator.check_schema(JSON_DOCUMENTS[name])


def test_the_asyncapi_document_is_valid_by_the_official_schema() -> None:
    official = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(official).validate(asyncapi(TOPICS))


def test_the_official_schema_sees_a_fault_in_a_kafka_binding() -> None:
    """Or the test before this one would prove nothing about bindings."""
    official = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    document = asyncapi(TOPICS)
    document["channels"]["sla-clocks"]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] = "compact"
    assert not jsonschema.Draft7Validator(official).is_valid(document)


def test_every_topic_is_a_channel_with_its_senders_and_receivers() -> None:
    document = asyncapi(TOPICS)
    assert {channel["address"] for channel in document["channels"].values()} == {topic.name for topic in TOPICS}
    assert document["operations"]["router-sends-queue-name"]["action"] == "send"
    assert document["operations"]["agent-desktops-receives-queue-name"]["action"] == "receive"


def test_check_is_silent_where_nothing_changed(checkout: Path) -> None:
    result = run("check")
    assert (result.exit_code, result.output) == (0, "")


def test_a_breaking_change_is_named_with_field_and_reason(checkout: Path) -> None:
    edit(checkout / RECEIVED, mood={"type": "string"})
    result = run("check")
    assert result.exit_code == 1
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"topic": "complaint-events", "field": "/complaint_received/mood", "breaking": True, "reason": "is removed"}
    ]
    assert "1 of 1 changes are breaking" in result.stderr
    assert "CONTRIBUTING.md" in result.stderr


def test_a_new_optional_field_is_stale_but_not_breaking(checkout: Path) -> None:
    edit(checkout / RECEIVED, region=None)
    result = run("check")
    assert result.exit_code == 1
    assert [json.loads(line)["breaking"] for line in result.stdout.splitlines()] == [False]
    assert "breaking" not in result.stderr


def test_a_topic_that_is_gone_is_a_breaking_change(checkout: Path) -> None:
    schema = json.loads((checkout / STATUSES).read_text(encoding="utf-8")) | {"title": "old-topic"}
    (checkout / PUBLISHED / "old-topic.json").write_text(json.dumps(schema), encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"topic": "old-topic", "field": "", "breaking": True, "reason": "is removed"}


@pytest.mark.parametrize("name", [RECEIVED, f"{PUBLISHED}/asyncapi.json", "docs/topics.md", PAGE, *config_schemas()])
def test_a_document_that_is_missing_or_edited_is_stale(checkout: Path, name: str) -> None:
    path = checkout / name
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert name in run("check").stderr
    path.unlink()
    result = run("check")
    assert result.exit_code == 1
    assert name in result.stderr


def test_publish_writes_what_is_stale_and_removes_what_is_no_more(checkout: Path) -> None:
    edit(checkout / RECEIVED, region=None)
    (checkout / "docs" / "topics.md").unlink()
    (checkout / PUBLISHED / "notes.md").write_text("left behind", encoding="utf-8")
    assert run("publish").exit_code == 0
    assert run("check").exit_code == 0
    assert not (checkout / PUBLISHED / "notes.md").exists()


def test_publish_refuses_a_breaking_change_and_writes_nothing(checkout: Path) -> None:
    edit(checkout / RECEIVED, mood={"type": "string"})
    (checkout / "docs" / "topics.md").unlink()
    before = (checkout / RECEIVED).read_text(encoding="utf-8")
    result = run("publish")
    assert result.exit_code == 1
    assert "/complaint_received/mood" in result.stdout
    assert (checkout / RECEIVED).read_text(encoding="utf-8") == before
    assert not (checkout / "docs" / "topics.md").exists()


def test_a_breaking_change_fails_although_the_published_schemas_were_changed_with_it(checkout: Path) -> None:
    baseline = json.loads((checkout / BASELINE).read_text(encoding="utf-8"))
    received = baseline["topics"]["complaint-events"]["$defs"]["ComplaintReceived"]
    received["properties"]["mood"] = {"type": "string"}
    (checkout / BASELINE).write_text(json.dumps(baseline), encoding="utf-8")
    for command in ("check", "publish"):
        result = run(command)
        assert result.exit_code == 1
        assert json.loads(result.stdout)["field"] == "/complaint_received/mood"


def test_no_event_breaks_the_committed_baseline() -> None:
    baseline = json.loads((REPOSITORY / BASELINE).read_text(encoding="utf-8"))
    assert not [change for change in topic_changes(baseline["topics"], topic_schemas(DOCUMENTS)) if change.breaking]


def test_a_published_file_that_is_no_json_is_said_so(checkout: Path) -> None:
    (checkout / RECEIVED).write_text("<<<<<<< ours\n", encoding="utf-8")
    result = run("check")
    assert result.exit_code == 1
    assert "is no JSON" in result.stderr


def test_outside_a_checkout_the_commands_say_where_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("check", "publish"):
        result = run(command)
        assert result.exit_code == 2
        assert "run this in a checkout" in result.stderr


def test_the_code_says_the_same_twice() -> None:
    assert documents() == DOCUMENTS
