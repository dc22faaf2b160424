"""queues.yaml as a model: the skill queues a deployment declares."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

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
    queues: Annotated[tuple[Queue, ...], Field(min_length=1)]

    @field_validator("queues")
    @classmethod
    def _names_differ(cls, queues: tuple[Queue, ...]) -> tuple[Queue, ...]:
        names = [queue.name for queue in queues]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"declared more than once: {', '.join(twice)}; keep one of each")
        return queues

    @property
    def names(self) -> tuple[str, ...]:
        """The declared names, in the order of the file."""
        return tuple(queue.name for queue in self.queues)
