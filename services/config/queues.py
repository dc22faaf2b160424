"""queues.yaml as a model: the skill queues a deployment declares."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.each_once import each_once
from schemas.primitives import Name

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""Part of a topic's name and a metric's label, hence narrow."""


class Queue(BaseModel):
    """One skill queue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: QueueName


class QueuesFile(BaseModel):
    """queues.yaml; ``topics apply`` makes a topic for each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Name
    queues: Annotated[tuple[Queue, ...], Field(min_length=1), each_once("queue", by=attrgetter("name"))]

    @property
    def names(self) -> tuple[str, ...]:
        """The declared names, in the order of the file."""
        return tuple(queue.name for queue in self.queues)
