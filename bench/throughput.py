"""The product's job by every peer: complaints per second with their spread, ratios and targets, and recovery."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bench import job
from bench.cluster import Digests, digest
from bench.measure import measure, recovery
from bench.peers import BARE, KAFKA_STREAMS, PEERS, PLAIN_FAUST, QUIX_EXACTLY_ONCE, REDRESS
from bench.plan import PARTITIONS, Plan, console
from bench.spread import reached, spread, table
from bench.workload import Complaint, complaints
from schemas.topics import COMPLAINT_EVENTS

WARM_EXACTLY_ONCE = KAFKA_STREAMS[-1].rows[-1]
TARGETS = {WARM_EXACTLY_ONCE: 1.0, BARE.name: 0.6, QUIX_EXACTLY_ONCE.name: 2.0, PLAIN_FAUST.name: 12.0}
"""What the worker is to reach, as a multiple of each row."""

Rates = dict[str, list[float]]
"""Of each row, a value for each round."""


def run(plan: Plan) -> str:
    """This section's part of the page."""
    expected: Digests = {}
    bench = plan.bench(expected)
    bench.cluster.clear()
    console.print(f"putting {plan.complaints:,} complaints into {COMPLAINT_EVENTS.name}")
    records = bench.cluster.fill(noted(complaints(plan.complaints), expected))
    rates: Rates = defaultdict(list)
    recovered = []
    for number in range(1, plan.rounds + 1):
        for peer in random.sample(PEERS, len(PEERS)):
            for row, rate in measure(bench, peer).items():
                rates[row].append(rate)
                console.print(f"round {number} of {plan.rounds}: {row}: {rate:,.0f} complaints/s")
            if peer is REDRESS:
                recovered.append(recovery(bench, peer, PARTITIONS))
                console.print(f"round {number} of {plan.rounds}: {recovered[-1]:,.0f} rows/s recovered")
    return _part(plan, rates, recovered, records)


def noted(published: Iterable[Complaint], expected: Digests) -> Iterator[Complaint]:
    """The same complaints; what each must lead to goes into ``expected``."""
    ruleset = job.shipped_ruleset()
    for complaint in published:
        event = COMPLAINT_EVENTS.codec.decode(complaint.value)
        for topic, value, headers in job.outputs(event, complaint.headers, ruleset, datetime.now(UTC)):
            expected[topic, complaint.key] = digest(value, headers)
        yield complaint


def _part(plan: Plan, rates: Rates, recovered: list[float], records: int) -> str:
    def ratio(over: str) -> list[float]:
        return [one / other for one, other in zip(rates[REDRESS.name], rates[over], strict=True)]

    rows = [
        [row, peer.guarantee, spread(rates[row]), "" if peer is REDRESS else spread(ratio(row), "{:.2f}")]
        for peer in PEERS
        for row in peer.rows
    ]
    targets = [
        [row, spread(ratio(row), "{:.2f}"), f"{target:g}", reached(ratio(row), target)]
        for row, target in TARGETS.items()
    ]
    stopped = ", ".join(f"{peer.name} after {peer.complaints:,}" for peer in PEERS if peer.complaints)
    return f"""\
## Throughput

The router's work, done by one process of each library on one real Kafka: read a complaint, decode it, drop it if its
event was seen before, decide by the shipped rules, and write ComplaintRouted to complaints-routed and a QueueItem to
the queue, both with derived ids and CloudEvents headers.

{table(["", "guarantee", "complaints/s", "the worker's rate over this"], rows)}

{table(["the worker's rate over", "measured", "target", "reached"], targets)}

Each figure is the median of {plan.rounds} rounds, with the lowest and the highest. Ratios are taken within a round. A
target is reached when the median or the spread reaches it.

### Recovery

A new worker recovers the changelog of {plan.complaints:,} complaints at {spread(recovered)} rows/s. The time is that
from the group's assignment until every partition is processing, with fencing and the fetch of offsets.

### How it is measured

- The input is {plan.complaints:,} complaints of some 600 bytes in {PARTITIONS} partitions, and \
{records - plan.complaints:,} copies of some of
  them. All read the same topic. Slow peers are stopped early: {stopped}.
- Peers in Python use the router's own functions for decisions, ids and headers, and its codec; plain Faust reads and
  writes `faust.Record`. Kafka Streams does everything in Java, with Jackson, as a topology of one stream and one
  processor on one stream thread. It binds fields and does not validate them.
- The events already seen are kept in a Faust Table, in Quix's state (RocksDB, with a changelog), or in a store of
  Kafka Streams (in memory, with a changelog). Without a table or store they are kept in a set in memory, which is
  lost with the process.
- The first run of a Kafka Streams process is the cold one. Then the topics are created again, and the same JVM
  processes the whole input under another application id: that run is the warm one.
- The loops commit once a second. FastStream commits each batch. Quix and Kafka Streams commit by their defaults.
- Every output of every run is read back and compared: key, headers and value, without the instant at which it was
  derived. A run counts only if every output is correct and occurs once.
- Each row runs alone, on new topics, in a random order per round. Broker, peer and observer share the machine.
- The time starts when a fifth of the complaints is decided, by the timestamps of the decisions, and ends when all are
  visible to a read_committed reader. Start-up is left out.
"""
