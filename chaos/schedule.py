"""From a seed and a length to the faults of a run, in the order in which they come; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal[
    "worker killed",
    "worker ended",
    "worker frozen",
    "broker killed",
    "all brokers killed",
    "broker frozen",
    "all brokers frozen",
    "network delayed",
    "network cut",
    "network half-closed",
]

WORKER_FAULTS: dict[Kind, int] = {"worker killed": 14, "worker ended": 3, "worker frozen": 3}
CLUSTER_FAULTS: dict[Kind, int] = {
    "broker killed": 5,
    "all brokers killed": 1,
    "broker frozen": 2,
    "all brokers frozen": 1,
    "network delayed": 1,
    "network cut": 2,
    "network half-closed": 1,
}
LASTING: dict[Kind, tuple[float, float]] = {
    "worker killed": (0.0, 0.0),
    "worker ended": (0.5, 3.0),
    "worker frozen": (13.0, 18.0),  # longer than the group's session timeout of ten seconds: a zombie
    "broker killed": (1.0, 6.0),
    "all brokers killed": (1.0, 5.0),
    "broker frozen": (3.0, 13.0),  # some longer than the nine seconds after which the others lead without it
    "all brokers frozen": (2.0, 6.0),  # connections stand: what is to be sent fills the outboxes
    "network delayed": (3.0, 6.0),
    "network cut": (0.5, 4.0),
    "network half-closed": (0.0, 0.0),
}
"""Seconds between which a fault lasts until it is undone."""
NODES = ("1", "2", "3")
ROLES = ("controller", "leader", "coordinator")
"""Of brokers to kill or freeze: who leads the controllers, a partition of complaint-events, or a group's offsets."""
WORKER_PAUSES = (1.5, 4.0)
CLUSTER_PAUSES = (5.0, 10.0)
"""Seconds between one fault and the next."""


@dataclass(frozen=True)
class Fault:
    """``at`` seconds after the begin, something happens to ``target``, and is undone after ``lasts`` seconds.

    ``target`` is a worker, a broker's role, a node, or empty where all are meant.
    """

    at: float
    kind: Kind
    target: str
    lasts: float

    def __str__(self) -> str:
        """A line of the printed schedule."""
        lasting = f" for {self.lasts:.1f} s" if self.lasts else ""
        return f"{self.at:6.1f} s  {self.kind}{f': {self.target}' if self.target else ''}{lasting}"


def schedule(seed: int, seconds: float, workers: Sequence[str]) -> list[Fault]:
    """The faults of ``seconds``; the same for the same arguments.

    Workers fail independently of brokers and network; of these, one thing at a time.
    """
    random = Random(seed)
    return sorted([*_of_workers(random, seconds, workers), *_of_cluster(random, seconds)], key=lambda fault: fault.at)


def _of_workers(random: Random, seconds: float, workers: Sequence[str]) -> Iterator[Fault]:
    """A worker that is frozen or away is left alone until it is back."""
    at = random.uniform(*WORKER_PAUSES)
    away_until = dict.fromkeys(workers, 0.0)
    while at < seconds:
        kind = _drawn(random, WORKER_FAULTS)
        lasts = random.uniform(*LASTING[kind])
        there = [worker for worker in workers if away_until[worker] <= at]
        if there:
            worker = random.choice(there)
            away_until[worker] = at + lasts
            yield Fault(at, kind, worker, lasts)
        at += random.uniform(*WORKER_PAUSES)


def _of_cluster(random: Random, seconds: float) -> Iterator[Fault]:
    at = random.uniform(*CLUSTER_PAUSES)
    while at < seconds:
        kind = _drawn(random, CLUSTER_FAULTS)
        lasts = random.uniform(*LASTING[kind])
        target = random.choice(NODES if kind.startswith("network") else ROLES + NODES)
        yield Fault(at, kind, "" if kind.startswith("all") else target, lasts)
        at += lasts + random.uniform(*CLUSTER_PAUSES)


def _drawn(random: Random, weights: dict[Kind, int]) -> Kind:
    return random.choices(list(weights), weights=list(weights.values()))[0]
