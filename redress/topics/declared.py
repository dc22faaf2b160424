"""The topics that a deployment needs, and how those that exist differ: a config folder in, declarations out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.topics import ALL, Topic, queue_topic, topic_named
from services.config.folder import config_folder
from services.config.queues import QueuesFile
from services.config.yaml_files import load
from services.registry import workers
from services.runtime.names import changelog_name
from services.runtime.settings import RuntimeSettings

CHANGELOG_CONFIG = {
    "cleanup.policy": "compact",
    "segment.bytes": str(64 * 1024 * 1024),
    "segment.ms": str(3_600_000),
    "min.cleanable.dirty.ratio": "0.2",
}
"""Small segments, cleaned early: what is not compacted is read again at every start of a worker."""


@dataclass(frozen=True)
class Declared:
    """A topic as it should be, named as in the cluster."""

    name: str
    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Existing:
    """A topic as it is. ``overrides`` are the settings that were made for it alone, ``config`` is all of them.

    ``has_leaders`` says whether all of it can be written.
    """

    partitions: int
    has_leaders: bool
    config: Mapping[str, str]
    overrides: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """One way in which a topic is not what it should be. ``setting`` is Kafka's name, or ``partitions``."""

    topic: str
    setting: str
    found: str | None
    wanted: str

    @property
    def is_fixable(self) -> bool:
        """Not a partition count: with another one, keys would move between partitions."""
        return self.setting != "partitions"


@dataclass(frozen=True)
class Report:
    """What was found and done; topics in the declared order, ``differences`` as they still are."""

    unchanged: tuple[str, ...]
    created: tuple[str, ...]
    fixed: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether the cluster is now as declared."""
        return not self.differences


def declared_topics(settings: RuntimeSettings) -> list[Declared]:
    """Every topic of a deployment, as the cluster knows it: those of ``topic_configs``. Raises ConfigError."""
    queues = load(config_folder(settings.config) / "queues.yaml", QueuesFile)
    return [
        Declared(settings.prefix + name, settings.partitions, config)
        for name, config in topic_configs(queues.names).items()
    ]


def topic_configs(queues: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Name -> settings of the shared topics, the queues, and the dead letters and changelogs of all workers."""
    topics: list[Topic[Any]] = [*ALL, *map(queue_topic, queues), *(topic.dead_letters for topic in sources())]
    return {**{topic.name: topic.config for topic in topics}, **dict.fromkeys(changelogs(), CHANGELOG_CONFIG)}


def sources() -> list[Topic[Any]]:
    """Every topic that a worker reads: these have dead letters."""
    return [topic_named(name) for name in dict.fromkeys(name for service in workers() for name in service.sources)]


def changelogs() -> list[str]:
    """The changelog of every table."""
    return [changelog_name(service.name, stage.name) for service in workers() for stage in service.stages]


def differences(declared: Iterable[Declared], existing: Mapping[str, Existing]) -> tuple[Difference, ...]:
    """How those that exist differ. Settings that a declaration does not name are the operator's."""
    return tuple(
        row
        for topic in declared
        if topic.name in existing
        for row in _rows(topic, existing[topic.name])
        if row.found != row.wanted
    )


def _rows(wanted: Declared, found: Existing) -> list[Difference]:
    return [
        Difference(wanted.name, "partitions", str(found.partitions), str(wanted.partitions)),
        *(
            Difference(wanted.name, setting, found.config.get(setting), value)
            for setting, value in wanted.config.items()
        ),
    ]
