"""The rows of the bench: who does the job, as which process, and on how many complaints."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One row. A slow one is stopped once the outputs of ``complaints`` are visible.

    One that ``warms_up`` does the whole job twice in one process, and makes two rows. ``group`` is its consumer
    group, if it has the same one each time.
    """

    name: str
    guarantee: str
    group: str
    command: tuple[str, ...]
    complaints: int | None = None
    warms_up: bool = False

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of its rows."""
        return (f"{self.name}, cold", f"{self.name}, warm") if self.warms_up else (self.name,)


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of this bench."""
    return (sys.executable, "-m", module, *arguments)


def _kafka_streams(guarantee: str, says: str, store: str, keeps: str) -> Peer:
    return Peer(
        f"Kafka Streams {guarantee}, {keeps}",
        says,
        "",
        python("bench.kafka_streams", "route", guarantee, store),
        warms_up=True,
    )


NO_TABLE, TABLE = "at least once, no table", "at least once, with a table"
EXACTLY_ONCE = "exactly once, with a table"
BARE = Peer("bare confluent-kafka loop", NO_TABLE, "bench-bare", python("bench.bare"))
AIOKAFKA = Peer("bare aiokafka loop", NO_TABLE, "bench-aiokafka", python("bench.aiokafka_loop"))
PLAIN_FAUST = Peer(
    "plain Faust",
    TABLE,
    "bench-plain-faust",
    python("bench.plain_faust", "worker", "-l", "info"),
    complaints=10_000,
)
FASTSTREAM = Peer("FastStream", NO_TABLE, "bench-faststream", python("bench.faststream_app"), complaints=50_000)
QUIX = Peer("Quix Streams", NO_TABLE, "bench-quix", python("bench.quix", "at-least-once"), complaints=100_000)
QUIX_EXACTLY_ONCE = Peer(
    "Quix Streams with state",
    EXACTLY_ONCE,
    "bench-quix-exactly-once",
    python("bench.quix", "exactly-once"),
    complaints=100_000,
)
KAFKA_STREAMS = (
    _kafka_streams("at_least_once", "at least once", "none", "no store"),
    _kafka_streams("at_least_once", "at least once", "memory", "in-memory store"),
    _kafka_streams("exactly_once_v2", "exactly once", "none", "no store"),
    _kafka_streams("exactly_once_v2", "exactly once", "memory", "in-memory store"),
)
REDRESS = Peer("Redress, the router worker", EXACTLY_ONCE, "redress-router", python("services.router"))
PEERS = (BARE, AIOKAFKA, PLAIN_FAUST, FASTSTREAM, QUIX, QUIX_EXACTLY_ONCE, *KAFKA_STREAMS, REDRESS)
