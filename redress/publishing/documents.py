"""What the repository publishes of its vocabulary, as path -> text, from the code alone; and how two such differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from redress.publishing.asyncapi import asyncapi
from redress.publishing.compatibility import changes
from redress.publishing.events_page import events_page
from redress.publishing.json_schema import topic_schema
from redress.publishing.parties import DEAD_LETTERS
from redress.publishing.topics_page import topics_page
from schemas import topics

PUBLISHED = "schemas/published"
BASELINE = "schemas/baseline.json"
"""The topics' schemas of one day, with the reason why they were taken anew. Nothing since then may break them."""
ASYNCAPI = f"{PUBLISHED}/asyncapi.json"

TOPICS: tuple[topics.Topic[Any], ...] = (
    *topics.ALL,
    topics.queue_topic("{name}"),
    replace(
        topics.COMPLAINT_EVENTS.dead_letters,
        name=DEAD_LETTERS,
        description="What could not be read from a topic, with its origin and the reason.",
    ),
)
"""Every topic once; what there is one of for each queue or each source stands with a parameter in its name."""


Schemas = Mapping[str, Any]
"""JSON Schemas by the names of their topics."""


@dataclass(frozen=True)
class TopicChange:
    """One change of what a topic carries; ``field`` is empty where it is the topic as a whole."""

    topic: str
    field: str
    breaking: bool
    reason: str


def documents() -> dict[str, str]:
    """A JSON Schema for each topic, one AsyncAPI document, and the pages of topics and events."""
    schemas = {f"{PUBLISHED}/{_file_name(topic)}": json_text(topic_schema(topic)) for topic in TOPICS}
    return {
        **schemas,
        ASYNCAPI: json_text(asyncapi(TOPICS)),
        "docs/topics.md": topics_page(TOPICS),
        "docs/events.md": events_page(TOPICS),
    }


def topic_changes(old: Schemas, new: Schemas) -> list[TopicChange]:
    """What differs between the schemas of two states of the code."""
    gone = [TopicChange(name, "", breaking=True, reason="is removed") for name in sorted(old.keys() - new.keys())]
    come = [TopicChange(name, "", breaking=False, reason="is new") for name in sorted(new.keys() - old.keys())]
    both = [
        TopicChange(name, change.field, change.breaking, change.reason)
        for name in sorted(old.keys() & new.keys())
        for change in changes(old[name], new[name])
    ]
    return gone + come + both


def topic_schemas(texts: Mapping[str, str]) -> dict[str, Any]:
    """The schema of each topic among published documents. Raises ValueError where one is no JSON."""
    paths = {path for path in texts if path.startswith(PUBLISHED) and path.endswith(".json")} - {ASYNCAPI}
    schemas = [json.loads(texts[path]) for path in sorted(paths)]
    return {schema["title"]: schema for schema in schemas}


def _file_name(topic: topics.Topic[Any]) -> str:
    return topic.name.replace("{", "").replace("}", "") + ".json"


def json_text(document: dict[str, Any]) -> str:
    """As every published JSON document is written."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
