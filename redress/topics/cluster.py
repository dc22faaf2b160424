"""Makes a cluster's topics what a deployment needs: settings in; what was made, fixed or differs out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from redress.topics.declared import Declared, Existing, Report, declared_topics, differences
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings

MAX_REPLICATION = 3
SETTLE_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.05
DYNAMIC_TOPIC_CONFIG = 1
"""Kafka's code for a setting that was made for this one topic."""


async def apply_topics(settings: RuntimeSettings, *, fix: bool = False) -> Report:
    """Create what is missing and compare the rest; with ``fix``, set settings right, but never a partition count.

    Returns when the cluster shows what was done. Raises ConfigError for a faulty queues.yaml, KafkaError when the
    cluster refuses or cannot be reached.
    """
    declared = declared_topics(settings)
    names = [topic.name for topic in declared]
    async with Kafka(settings).admin() as admin:
        before = await existing_topics(admin, names)
        found = differences(declared, before)
        missing = [topic for topic in declared if topic.name not in before]
        fixable = {row.topic for row in found if fix and row.is_fixable}
        await _create(admin, missing)
        for topic in declared:
            if topic.name in fixable:
                await _alter(admin, topic, before[topic.name].overrides)
        after = await _settled(admin, declared, fixable) if missing or fixable else before
    different = {row.topic for row in found}
    return Report(
        unchanged=tuple(name for name in names if name in before and name not in different),
        created=tuple(topic.name for topic in missing),
        fixed=tuple(name for name in names if name in fixable),
        differences=differences(declared, after),
    )


async def existing_topics(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, Existing]:
    """Those of ``names`` that the cluster has."""
    # All topics, not these: a cluster that makes topics by itself would make the ones asked for.
    partitions = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
    present = [name for name in names if name in partitions]
    if not present:
        return {}
    found = {}
    for response in await admin.describe_configs([_resource(name) for name in present]):
        for code, message, _, name, entries in response.resources:
            if code == UnknownTopicOrPartitionError.errno:
                continue  # made a moment ago: one broker has heard of it, and the one that was asked now has not
            _check(code, f"cannot read the settings of topic {name}", message)
            config = {entry[0]: entry[1] for entry in entries}
            overrides = {entry[0]: entry[1] for entry in entries if entry[3] == DYNAMIC_TOPIC_CONFIG}
            has_leaders = all(partition["error_code"] == 0 for partition in partitions[name])
            found[name] = Existing(len(partitions[name]), has_leaders, config, overrides)
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


async def _alter(admin: AIOKafkaAdminClient, topic: Declared, overrides: Mapping[str, str]) -> None:
    # This request replaces all settings of a topic, so what an operator set must be among them.
    config = {**overrides, **topic.config}
    for response in await admin.alter_configs([_resource(topic.name, config)]):
        for code, message, *_ in response.resources:
            _check(code, f"cannot change the settings of topic {topic.name}", message)


async def _settled(admin: AIOKafkaAdminClient, declared: list[Declared], fixable: set[str]) -> dict[str, Existing]:
    """The topics once all are there, led and set right: the brokers hear of a change a moment after it is made."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                after = await existing_topics(admin, [topic.name for topic in declared])
                left = {row.topic for row in differences(declared, after) if row.is_fixable}
                led = [topic for topic in after.values() if topic.has_leaders]
                if len(led) == len(declared) and not left & fixable:
                    return after
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise KafkaTimeoutError(
            f"the cluster took the changes, but does not show them after {SETTLE_SECONDS:g} s: are all brokers up?"
        ) from None


def _resource(name: str, config: Mapping[str, str] | None = None) -> ConfigResource:
    return ConfigResource(ConfigResourceType.TOPIC, name, config)


def _check(code: int, what: str, message: str | None) -> None:
    if code:
        error: type[KafkaError] = for_code(code)
        raise error(f"{what}: {message or error.description}")
