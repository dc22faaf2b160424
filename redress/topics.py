"""The topics a deployment needs against those its cluster has: settings in; what was made, fixed or differs out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from pydantic import BaseModel

from redress.services import SERVICES
from schemas.topics import ALL, CHANGELOG_CONFIG, CHANGELOGS, queue_topic
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings, config_folder
from services.runtime.yaml_files import load

MAX_REPLICATION = 3
APPEAR_SECONDS = 30.0
DYNAMIC_TOPIC_CONFIG = 1
"""Kafka's code for a setting that was made for this one topic."""


class QueueName(BaseModel):
    """One entry of queues.yaml, as far as topics go."""

    name: str


class QueuesFile(BaseModel):
    """queues.yaml: the skill queues of the deployment."""

    version: str
    queues: list[QueueName]


@dataclass(frozen=True)
class Declared:
    """A topic as it should be."""

    name: str
    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Existing:
    """A topic as it is, with the settings that were made for it alone."""

    partitions: int
    config: Mapping[str, str]
    overrides: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """One way in which a topic is not what it should be. ``setting`` is Kafka's name, or ``partitions``."""

    topic: str
    setting: str
    found: str | None
    wanted: str


@dataclass(frozen=True)
class Report:
    """What ``apply_topics`` found and did; names in the declared order."""

    unchanged: tuple[str, ...]
    created: tuple[str, ...]
    fixed: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether the cluster is now as declared."""
        return not self.differences


def declared_topics(config: Path, partitions: int) -> list[Declared]:
    """Every topic of a deployment: the shared ones, queues, dead letters and changelogs. Raises ConfigError."""
    queues = load(config / "queues.yaml", QueuesFile).queues
    readers = {service.name for service in SERVICES}
    consumed = [topic for topic in ALL if readers & set(topic.consumers)]
    topics = [*ALL, *(queue_topic(queue.name) for queue in queues), *(topic.dead_letters for topic in consumed)]
    return [
        *(Declared(topic.name, partitions, topic.config) for topic in topics),
        *(Declared(name, partitions, CHANGELOG_CONFIG) for name in CHANGELOGS),
    ]


def differences(wanted: Declared, found: Existing) -> list[Difference]:
    """What is not as declared; settings that the declaration does not name are the operator's."""
    rows: list[tuple[str, str | None, str]] = [("partitions", str(found.partitions), str(wanted.partitions))]
    rows += [(setting, found.config.get(setting), value) for setting, value in wanted.config.items()]
    return [Difference(wanted.name, setting, is_, should) for setting, is_, should in rows if is_ != should]


async def apply_topics(settings: RuntimeSettings, *, fix: bool = False) -> Report:
    """Create what is missing and compare the rest; with ``fix``, set settings right, but never a partition count.

    Raises ConfigError for a faulty queues.yaml, KafkaError when the cluster refuses or cannot be reached.
    """
    declared = declared_topics(config_folder(settings), settings.partitions)
    async with Kafka(settings).admin() as admin:
        before = await existing_topics(admin, [topic.name for topic in declared])
        missing = [topic for topic in declared if topic.name not in before]
        await _create(admin, missing)
        present = [topic for topic in declared if topic.name in before]
        found = {topic.name: differences(topic, before[topic.name]) for topic in present}
        fixed = [topic for topic in present if fix and _fixable(found[topic.name])]
        for topic in fixed:
            await _alter(admin, topic.name, {**before[topic.name].overrides, **topic.config})
    remaining = {name: [row for row in rows if row.setting == "partitions" or not fix] for name, rows in found.items()}
    return Report(
        unchanged=tuple(name for name, rows in found.items() if not rows),
        created=tuple(topic.name for topic in missing),
        fixed=tuple(topic.name for topic in fixed),
        differences=tuple(row for rows in remaining.values() for row in rows),
    )


def _fixable(rows: Iterable[Difference]) -> bool:
    return any(row.setting != "partitions" for row in rows)


async def existing_topics(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, Existing]:
    """Those of ``names`` that the cluster has."""
    # All topics, not these: a cluster that makes topics by itself would make the ones asked for.
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    present = [name for name in names if name in partitions]
    if not present:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
    found = {}
    for response in await admin.describe_configs(resources):
        for code, message, _, name, entries in response.resources:
            _check(code, f"cannot read the settings of topic {name}", message)
            config = {entry[0]: entry[1] for entry in entries}
            overrides = {entry[0]: entry[1] for entry in entries if entry[3] == DYNAMIC_TOPIC_CONFIG}
            found[name] = Existing(partitions[name], config, overrides)
    return found


async def _create(admin: AIOKafkaAdminClient, topics: list[Declared]) -> None:
    if not topics:
        return
    cluster = await admin.describe_cluster()
    replication = min(MAX_REPLICATION, len(cluster["brokers"]))
    response = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, replication, topic_configs=dict(topic.config)) for topic in topics]
    )
    for name, code, message in response.topic_errors:
        if code != TopicAlreadyExistsError.errno:  # another `topics apply` was quicker
            _check(code, f"cannot create topic {name}", message)
    await _wait_for_leaders(admin, {topic.name for topic in topics})


async def _wait_for_leaders(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Return when every partition can be written: a created topic takes a moment to be led."""
    async with asyncio.timeout(APPEAR_SECONDS):
        while True:
            ready = {topic["topic"] for topic in await admin.describe_topics() if _is_led(topic)}
            if names <= ready:
                return
            await asyncio.sleep(0.05)


def _is_led(topic: Mapping[str, Any]) -> bool:
    return bool(topic["partitions"]) and all(one["error_code"] == 0 for one in topic["partitions"])


async def _alter(admin: AIOKafkaAdminClient, name: str, config: Mapping[str, str]) -> None:
    # This request replaces all settings of a topic, so what an operator set must be among them.
    for response in await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, dict(config))]):
        for code, message, *_ in response.resources:
            _check(code, f"cannot change the settings of topic {name}", message)


def _check(code: int, what: str, message: str | None) -> None:
    if code:
        error: type[KafkaError] = for_code(code)
        raise error(f"{what}: {message or error.description}")
