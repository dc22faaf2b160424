"""The page of topics, docs/topics.md, from the topics themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from redress.publishing.parties import readers, writers
from redress.topics.declared import CHANGELOG_CONFIG, changelogs
from schemas.topics import DAY_MS, FOREVER, Topic

INTRODUCTION = """\
# Topics

Written by `redress schemas publish` from `schemas/topics.py` and `services/registry.py`; `make check` fails when it is
stale.

Values are UTF-8 JSON, described in `schemas/published/`, a JSON Schema for each topic and one AsyncAPI 3 document
for all. `schemas/examples/` holds an example of every event. Headers are CloudEvents 1.0 in binary mode
(`ce_id ce_type ce_source ce_specversion ce_time`), `content-type`, and `traceparent` where a trace is known. The
Kafka timestamp is `recorded_at`.

`REDRESS_PREFIX` comes before the name of each topic. All topics have one partition count (`REDRESS_PARTITIONS`, 4
unless set), and a key is always plain text. Producers outside Redress must partition by murmur2: it is the default of
the Java client; with librdkafka, and all that is built on it, set `partitioner=murmur2_random`. They must also
write names, ids and languages [as intake does](intake.md#publishing-to-kafka-directly).

Consumers must set `isolation.level=read_committed`, or they see records of aborted transactions.
"""


def topics_page(topics: Sequence[Topic[Any]]) -> str:
    """Markdown: a table of the topics, a section for each, and the changelogs."""
    table = [
        "| topic | key | written by | read by | kept |",
        "|---|---|---|---|---|",
        *(
            f"| [{topic.name}](#{_anchor(topic)}) | {', '.join(topic.key)} | {', '.join(writers(topic))} "
            f"| {', '.join(readers(topic))} | {_kept(topic)} |"
            for topic in topics
        ),
    ]
    return (
        "\n\n".join([INTRODUCTION.rstrip(), "\n".join(table), *(_section(topic) for topic in topics), _changelogs()])
        + "\n"
    )


def _section(topic: Topic[Any]) -> str:
    events = [f"- `{_type(model)}`: {_summary(model)}" for model in topic.events]
    return f"## {topic.name}\n\n{topic.description}\n\n" + "\n".join(events)


def _changelogs() -> str:
    settings = ", ".join(f"`{name}={value}`" for name, value in CHANGELOG_CONFIG.items())
    names = "\n".join(f"- `{name}`" for name in changelogs())
    return f"## Changelogs\n\nThe workers' tables, for nobody else to read: {settings}.\n\n{names}"


def _kept(topic: Topic[Any]) -> str:
    compacted = "compacted" if "compact" in topic.cleanup else ""
    deleted = "" if "delete" not in topic.cleanup else _duration(topic.retention_ms)
    return ", ".join(part for part in (compacted, deleted) if part)


def _duration(milliseconds: int) -> str:
    return "for ever" if milliseconds == FOREVER else f"{milliseconds // DAY_MS} days"


def _anchor(topic: Topic[Any]) -> str:
    return topic.name.replace("{", "").replace("}", "")


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").partition("\n")[0].replace("``", "`")


def _type(model: type[BaseModel]) -> str:
    name: str = model.model_fields["type"].default
    return name
