"""What a service writes, a processor, and what it sees of its partition, a context (as in Kafka Streams)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from prometheus_client import Counter, Histogram

from schemas.topics import Topic


class Unprocessable(Exception):
    """A record that decodes but breaks a rule: it goes to the dead letters under ``reason``, from a closed set.

    Such letters pause nothing (dead_letter_limit.py). Raise it before anything is written to the context. ``detail``
    must not quote what a person wrote.
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


class ProcessorContext(Protocol):
    """One partition of one stage. All that is written here goes into one transaction, or nothing does.

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
        """Write an event; to this partition unless told otherwise, since all topics have one count and one key."""

    def tombstone(self, topic: Topic[Any], key: str) -> None:
        """Take what stands under ``key`` out of a compacted topic."""

    def home(self, key: str) -> int:
        """The partition where records with ``key`` belong (Kafka's murmur2): for repartition topics."""

    def count(self, metric: Counter, *labels: str, by: int = 1) -> None:
        """Count something once it is committed."""

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        """Observe a value once it is committed."""


class Processor(Protocol):
    """A service's agent for one partition: it asks the domain, publishes and counts. Nothing here waits for anything.

    Each partition that is owned has one of its own. What it keeps in attributes is lost with it: where that must
    outlive a restart, it belongs in a row.
    """

    def on_event(self, context: ProcessorContext, topic: Topic[Any], event: Any) -> None:
        """One decoded event from one of the stage's sources, never a ClockAdvanced."""

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        """A row whose instant ``due`` the partition's time has reached. Put it again with a later one, or none.

        ``due`` is that with which it was put, rounded up to a millisecond.
        """

    def on_time(self, context: ProcessorContext) -> None:
        """The partition's time has moved, and all work due up to ``context.now`` is done."""

    def close(self) -> None:
        """The partition has left this worker, or is recovered anew by another processor: nothing more is called."""
