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

The product's job on one real Kafka, by one process each: read a complaint, decode it, drop it if its event was seen
before, decide by the shipped rules, and write ComplaintRouted to complaints-routed and a QueueItem to the queue,
both with their derived ids and CloudEvents headers.

{table(["", "guarantee", "complaints/s", "the worker's rate over this"], rows)}

{table(["the worker's rate over", "measured", "target", "reached"], targets)}

Each figure is the median of {plan.rounds} rounds, with the lowest and the highest. Ratios are taken within a round. A
target counts as reached when the median or the spread reaches it.

### Recovery

A fresh worker on the changelog of {plan.complaints:,} complaints, from the group's assignment until every partition
does its work, fencing and offsets included: {spread(recovered)} rows/s.

### How it is measured

- The input is {plan.complaints:,} complaints of some 600 bytes in {PARTITIONS} partitions, and \
{records - plan.complaints:,} copies of some of
  them. All read the same topic; those that take long are stopped early: {stopped}.
- Peers in Python decide, name and head their outputs by the router's own functions, and decode by its codec; plain
  Faust reads and writes `faust.Record` instead. Kafka Streams does all of it in Java, with Jackson, as a topology
  of one stream and one processor on one stream thread; its fields are bound, not validated.
- What has been seen is kept in a Faust Table, in Quix's state (RocksDB, with its changelog), in a store of Kafka
  Streams (in memory, with its changelog), or, without a table or store, in a set in memory, gone with the process.
- Kafka Streams is cold in the first run of its process. Then the topics are made anew, and the same JVM does the
  whole input once more under another application id: that run is the warm one.
- The loops commit once a second. FastStream takes batches and commits each; Quix and Kafka Streams commit as
  their defaults say.
- Every output of every run is read back and compared: key, headers and value, without the instant at which it was
  derived. A run counts only if all of them are as they should be, each once.
- Each row runs alone, on new topics, in an order drawn for each round. Broker, peer and the watching process share
  the machine.
- The clock runs from when a fifth is decided, by the timestamps of the decisions, until all are visible to a
  read_committed reader, so that start-up is left out.
"""
