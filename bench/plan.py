"""What every section is given: one Kafka, the sizes of the run, and where its part of the page and its plots go."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from bench.cluster import ROUTING, Cluster, Digests, Job
from bench.running import Bench
from services.config.folder import SHIPPED
from services.runtime.settings import RuntimeSettings

PARTITIONS = 4

console = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Plan:
    """One run of the bench. ``records`` is the size of the memory section, ``plots`` where its SVG files go.

    ``broker_pid`` is the process id of the broker's Java.
    """

    kafka: str
    version: str
    home: Path
    plots: Path
    complaints: int
    rounds: int
    records: int
    broker_pid: int

    def with_share(self, share: float) -> Plan:
        """The same with a share of the complaints."""
        return replace(self, complaints=max(1_000, int(self.complaints * share)))

    def bench(
        self, expected: Digests, *, job: Job = ROUTING, partitions: int = PARTITIONS, **environment: str
    ) -> Bench:
        """Runs on topics with so many partitions, with these additions to the environment of the processes."""
        settings = RuntimeSettings(kafka=self.kafka, home=self.home, config=SHIPPED, time="wall", partitions=partitions)
        return Bench(Cluster(settings, job), {**_environment(settings), **environment}, self.home, expected)


def _environment(settings: RuntimeSettings) -> dict[str, str]:
    """What the processes inherit: nothing that this shell says about another deployment."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return {
        **own,
        "REDRESS_KAFKA": settings.kafka,
        "REDRESS_HOME": str(settings.home),
        "REDRESS_PARTITIONS": str(settings.partitions),
    }
