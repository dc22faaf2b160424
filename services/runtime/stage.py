"""What a service gives the runtime: stages, each with its sources, its clock, its table and its processor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from prometheus_client import Counter, Histogram

from schemas.topics import Topic, topic_named
from services.registry import Service
from services.runtime.names import group_name


class Unprocessable(Exception):
    """A record that decodes but breaks a rule: it goes to the dead letters under ``reason``, from a closed set.

    Such letters pause nothing (dead_letter_limit.py). Raise it before the turn is written to. ``detail`` must not quote
    what a person wrote.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Record(Protocol):
    """One record as it was read."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int
    offset: int


class Turn(Protocol):
    """Work on one partition of one stage. All that is written here goes into one transaction, or nothing does.

    ``now`` is the partition's time: it never goes back, and never passes the wall clock. ``recorded_at`` is the
    wall clock. A row is a body of bytes and the instant at which the processor wants to hear of it again.
    """

    partition: int
    now: datetime
    recorded_at: datetime
    record: Record | None

    @property
    def overdue(self) -> int:
        """How many rows were due before ``now`` and were not given to ``on_due`` yet."""

    def row(self, key: bytes) -> bytes | None:
        """The body stored under ``key`` in this partition, or None."""

    def put(self, key: bytes, body: bytes, due: datetime | None = None) -> None:
        """Store a row; when the partition's time reaches ``due``, the processor's ``on_due`` is called once."""

    def delete(self, key: bytes) -> None:
        """Remove a row, with a tombstone in the changelog."""

    def publish(self, topic: Topic[Any], key: str | None, event: Any, partition: int | None = None) -> None:
        """Write an event; to this turn's partition, since all topics have one count and one key."""

    def tombstone(self, topic: Topic[Any], key: str) -> None:
        """Take what stands under ``key`` out of a compacted topic."""

    def home(self, key: str) -> int:
        """The partition where records with ``key`` belong (Kafka's murmur2): for repartition topics."""

    def count(self, metric: Counter, *labels: str, by: int = 1) -> None:
        """Count something once it is committed."""

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        """Observe a value once it is committed."""


class Processor(Protocol):
    """A service's agent: it asks the domain, publishes and counts. Nothing here waits for anything."""

    def on_event(self, turn: Turn, topic: Topic[Any], event: Any) -> None:
        """One decoded event from one of the stage's sources, never a ClockAdvanced."""

    def on_due(self, turn: Turn, key: bytes) -> None:
        """A row whose due instant the partition's time has reached. Put it again with a later one, or none."""

    def on_time(self, turn: Turn) -> None:
        """The partition's time has moved, and all work due up to ``turn.now`` is done."""


@dataclass(frozen=True)
class Stage:
    """One step of a worker. Its table is named after it; its changelog is made with the other topics.

    ``clock_topics`` hold the stage's time back. With ``clock="origins"`` time is the lowest that all partitions
    of the stage before have announced with ClockAdvanced events in the one clock topic.

    Where the first byte of a row's body names its format, ``row_formats`` are those that the processor reads. A worker
    that takes over rows of another, as from a newer release, ends before it works on any.
    """

    name: str
    sources: tuple[Topic[Any], ...]
    clock_topics: tuple[Topic[Any], ...]
    processor: Processor
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
    processor: Processor,
    *,
    row_formats: tuple[int, ...],
    clock: Literal["partition", "origins"] = "partition",
) -> Stage:
    """The stage of this name as the registry declares it; all its sources are clock topics."""
    sources = tuple(topic_named(source) for source in service.stage(name).sources)
    return Stage(name, sources, sources, processor, clock, row_formats)
