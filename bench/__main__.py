"""``make bench``: the product's job done by three peers on one real Kafka, as ratios, and a table's recovery.

Prints a page of Markdown and writes it to docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import job
from bench.cluster import Cluster, Digests, digest
from bench.measure import Bench, measure, recovery
from bench.peers import PEERS, REDRESS, Peer
from bench.report import Round, page
from bench.workload import Complaint, complaints
from redress.broker import LocalKafka
from redress.topics import apply_topics
from schemas.topics import COMPLAINT_EVENTS
from services.runtime.settings import SHIPPED_CONFIG, RuntimeSettings

ROUNDS = 3
COMPLAINTS = 300_000
PARTITIONS = 4
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

console = Console(stderr=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as home, LocalKafka(Path(home)) as kafka:
        settings = RuntimeSettings(
            kafka=kafka.bootstrap, home=Path(home), config=SHIPPED_CONFIG, time="wall", partitions=PARTITIONS
        )
        asyncio.run(apply_topics(settings))
        cluster = Cluster(settings)
        expected: Digests = {}
        console.print(f"Apache Kafka {kafka.version}: putting {COMPLAINTS} complaints into {COMPLAINT_EVENTS.name}")
        records = cluster.fill(_noted(complaints(COMPLAINTS), expected))
        bench = Bench(cluster, _environment(settings), Path(home) / "peer.log", expected)
        rounds = [_round(bench, number) for number in range(1, ROUNDS + 1)]
        text = page(rounds, records=records, complaints=COMPLAINTS, partitions=PARTITIONS, kafka=kafka.version)
    print(text)
    PAGE.write_text(text, encoding="utf-8")


def _round(bench: Bench, number: int) -> Round:
    """Every peer once, in an order of its own."""
    rates: dict[Peer, float] = {}
    rows = 0.0
    for peer in random.sample(PEERS, len(PEERS)):
        rates[peer] = measure(bench, peer)
        console.print(f"round {number} of {ROUNDS}: {peer.name}: {rates[peer]:,.0f} complaints/s")
        if peer is REDRESS:
            rows = recovery(bench, peer, PARTITIONS)
            console.print(f"round {number} of {ROUNDS}: {peer.name}: {rows:,.0f} rows/s recovered")
    return Round(rates, rows)


def _noted(published: Iterable[Complaint], expected: Digests) -> Iterator[Complaint]:
    """The same complaints; what each must lead to goes into ``expected``."""
    ruleset = job.shipped_ruleset()
    for complaint in published:
        event = COMPLAINT_EVENTS.codec.decode(complaint.value)
        for topic, value, headers in job.outputs(event, complaint.headers, ruleset, datetime.now(UTC)):
            expected[topic, complaint.key] = digest(value, headers)
        yield complaint


def _environment(settings: RuntimeSettings) -> dict[str, str]:
    """What the peers inherit: nothing that this shell says about another deployment."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return {
        **own,
        "REDRESS_KAFKA": settings.kafka,
        "REDRESS_HOME": str(settings.home),
        "REDRESS_PARTITIONS": str(settings.partitions),
    }


if __name__ == "__main__":
    main()
