"""The AsyncAPI 3 document of the topics: channels, messages with key and headers, and who sends and receives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from redress.publishing.json_schema import model_schemas
from redress.publishing.parties import readers, writers
from schemas.topics import Topic

VERSION = "0.1.0"

PARAMETERS = {
    "name": "A queue's name, from queues.yaml.",
    "topic": "The name of the topic that the record was read from.",
}

BOUND_SETTINGS = ("retention.ms", "max.message.bytes")
"""Of a topic's settings, those that the binding has a place for."""

HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["ce_id", "ce_type", "ce_source", "ce_specversion", "ce_time", "content-type"],
    "properties": {
        "ce_id": {"type": "string", "description": "event_id"},
        "ce_type": {"type": "string", "description": "type"},
        "ce_source": {"type": "string", "description": "Who wrote it, such as /redress/router."},
        "ce_specversion": {"const": "1.0"},
        "ce_time": {"type": "string", "format": "date-time", "description": "occurred_at"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C Trace Context, where a trace is known."},
    },
}
"""CloudEvents 1.0, binary mode, Kafka protocol binding."""


def asyncapi(topics: Sequence[Topic[Any]]) -> dict[str, Any]:
    """One document with everything in it: its references stay inside."""
    events = dict.fromkeys(model for topic in topics for model in topic.events)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress",
            "version": VERSION,
            "description": "Complaints from every channel as routed, deadline-watched, measured work on Kafka. "
            "Keys are plain text, partitioned by murmur2. Timestamps are recorded_at. "
            "Read with isolation.level=read_committed.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_channel(topic): _channel_object(topic) for topic in topics},
        "operations": {
            f"{_word(party)}-{verb}s-{_channel(topic)}": {
                "action": verb,
                "channel": {"$ref": f"#/channels/{_channel(topic)}"},
            }
            for topic in topics
            for verb, parties in (("send", writers(topic)), ("receive", readers(topic)))
            for party in parties
        },
        "components": {
            "messages": {model.__name__: _message(model) for model in events},
            "schemas": {
                **model_schemas(topics, "#/components/schemas/{model}"),
                "Headers": HEADERS,
            },
        },
    }


def _channel_object(topic: Topic[Any]) -> dict[str, Any]:
    parameters = {name: {"description": PARAMETERS[name]} for name in re.findall(r"{(\w+)}", topic.name)}
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in topic.events},
        **({"parameters": parameters} if parameters else {}),
        "bindings": {"kafka": {"topicConfiguration": _configuration(topic)}},
        "x-kafka-key": list(topic.key),
    }


def _configuration(topic: Topic[Any]) -> dict[str, Any]:
    sizes = {name: int(topic.config[name]) for name in BOUND_SETTINGS if name in topic.config}
    return {"cleanup.policy": topic.cleanup.split(","), **sizes}


def _message(model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": model.model_fields["type"].default,
        "summary": (model.__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string"}}},
    }


def _channel(topic: Topic[Any]) -> str:
    return topic.name.replace("{", "").replace("}", "")


def _word(party: str) -> str:
    return party.replace(" ", "-")
