"""The topics that a deployment needs, and how those that exist differ: a config folder in, declarations out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from redress.services import SERVICES
from schemas.topics import ALL, CHANGELOG_CONFIG, CHANGELOGS, queue_topic
from services.runtime.yaml_files import load


class QueueName(BaseModel):
    """One entry of queues.yaml, as far as topics go; the router checks the file in full."""

    name: str


class QueuesFile(BaseModel):
    """queues.yaml: the skill queues of the deployment."""

    queues: list[QueueName]


@dataclass(frozen=True)
class Declared:
    """A topic as it should be."""

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
