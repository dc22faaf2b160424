"""The rows of the bench: who does the job, as which process, and on how many complaints."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One row. A slow one is stopped once the outputs of ``complaints`` are visible."""

    name: str
    guarantee: str
    group: str
    command: tuple[str, ...]
    complaints: int | None = None


BARE = Peer(
    "bare confluent-kafka loop",
    "at least once, no table",
    "bench-bare",
    (sys.executable, "-m", "bench.bare"),
)
PLAIN_FAUST = Peer(
    "plain Faust",
    "at least once, with a table",
    "bench-plain-faust",
    (sys.executable, "-m", "bench.plain_faust", "worker", "-l", "info"),
    complaints=10_000,
)
REDRESS = Peer(
    "Redress, the router worker",
    "exactly once, with a table",
    "redress-router",
    (sys.executable, "-m", "services.router"),
)
PEERS = (BARE, PLAIN_FAUST, REDRESS)
