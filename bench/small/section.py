"""The small job by our runtime, Kafka Streams and a bare loop: complaints per second of each."""

from __future__ import annotations

import random
from collections import defaultdict

from bench.cluster import Digests, digest
from bench.measure import measure
from bench.plan import PARTITIONS, Plan, console
from bench.small.job import SMALL, SOURCE, VALUE_BYTES, decided, small_complaints
from bench.small.peers import SMALL_PEERS, SMALL_REDRESS
from bench.spread import spread, table
from schemas.codec import encode


def run(plan: Plan) -> str:
    """This section's part of the page."""
    records = list(small_complaints(plan.complaints))
    expected: Digests = {
        (SMALL.decisions, one.key): digest(encode(decided(SOURCE.codec.decode(one.value))), ()) for one in records
    }
    bench = plan.bench(expected, job=SMALL)
    bench.cluster.clear()
    bench.cluster.fill(records)
    rates: dict[str, list[float]] = defaultdict(list)
    for number in range(1, plan.rounds + 1):
        for peer in random.sample(SMALL_PEERS, len(SMALL_PEERS)):
            for row, rate in measure(bench, peer).items():
                rates[row].append(rate)
                console.print(f"round {number} of {plan.rounds}: {row}: {rate:,.0f} complaints/s")
    own = rates[SMALL_REDRESS.name]
    rows = [
        [
            row,
            peer.guarantee,
            spread(rates[row]),
            spread([one / other for one, other in zip(own, rates[row], strict=True)], "{:.2f}"),
        ]
        for peer in SMALL_PEERS
        for row in peer.rows
    ]
    return f"""\
## The small job

The smallest useful job shows what the runtime itself costs: read and validate a complaint of {VALUE_BYTES} bytes,
choose a queue, and write a decision of some 140 bytes, without ids, headers or a check for duplicates; with a table,
one row each. {plan.complaints:,} complaints in {PARTITIONS} partitions, measured as above.

{table(["", "guarantee", "complaints/s", "the runtime's rate over this"], rows)}
"""
