"""What a service gives the runtime: stages, each with its sources, its clock, its table and its processors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from schemas.topics import Topic, topic_named
from services.registry import Service
from services.runtime.names import group_name
from services.runtime.processor import Processor


@dataclass(frozen=True)
class Stage:
    """One step of a worker. Its table is named after it; its changelog is made with the other topics.

    ``new_processor`` is called for each partition that comes to be owned (Kafka Streams: ProcessorSupplier).

    ``clock_topics`` hold the stage's time back. With ``clock="origins"`` time is the lowest that all partitions
    of the stage before have announced with ClockAdvanced events in the one clock topic.

    Where the first byte of a row's body names its format, ``row_formats`` are those that the processor reads. A worker
    that takes over rows of another, as from a newer release, ends before it works on any.
    """

    name: str
    sources: tuple[Topic[Any], ...]
    clock_topics: tuple[Topic[Any], ...]
    new_processor: Callable[[], Processor]
    clock: Literal["partition", "origins"] = "partition"
    row_formats: tuple[int, ...] = ()


@dataclass(frozen=True)
class Application:
    """One worker: its service's name, its stages, and the topics that they publish to."""

    name: str
    stages: tuple[Stage, ...]
    publishes: tuple[Topic[Any], ...]

    @property
    def group(self) -> str:
        """The consumer group."""
        return group_name(self.name)


def declared_stage(
    service: Service,
    name: str,
    new_processor: Callable[[], Processor],
    *,
    row_formats: tuple[int, ...],
    clock: Literal["partition", "origins"] = "partition",
) -> Stage:
    """The stage of this name as the registry declares it; all its sources are clock topics."""
    sources = tuple(topic_named(source) for source in service.stage(name).sources)
    return Stage(name, sources, sources, new_processor, clock, row_formats)
