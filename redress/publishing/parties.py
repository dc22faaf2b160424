"""Who writes and who reads a topic: the services, by the registry, and those outside."""

from __future__ import annotations

from typing import Any

from schemas.topics import Topic
from services import registry

DEAD_LETTERS = "{topic}-dlq"
"""Stands for the dead letters of every topic that a service reads."""


def writers(topic: Topic[Any]) -> tuple[str, ...]:
    """Services first. Whoever reads a topic writes its dead letters."""
    services = _workers() if topic.name == DEAD_LETTERS else registry.writers(topic.name)
    return (*services, *topic.outside_writers)


def readers(topic: Topic[Any]) -> tuple[str, ...]:
    """Services first."""
    return (*registry.readers(topic.name), *topic.outside_readers)


def _workers() -> tuple[str, ...]:
    return tuple(service.name for service in registry.workers())
