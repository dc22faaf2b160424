"""From the rounds of a run to a page of Markdown: rates and ratios with their spread, and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median

from bench.peers import BARE, PEERS, PLAIN_FAUST, REDRESS, Peer

TARGETS = {BARE: 0.5, PLAIN_FAUST: 12.0}
"""What the worker is to reach, as a multiple of each."""


@dataclass(frozen=True)
class Round:
    """Complaints per second of each peer, and rows per second of the worker's recovery."""

    rates: dict[Peer, float]
    recovery: float


def page(rounds: Sequence[Round], *, records: int, complaints: int, partitions: int, kafka: str) -> str:
    """The whole of docs/benchmarks.md."""
    rates = "\n".join(
        f"| {peer.name} | {peer.guarantee} | {_spread([one.rates[peer] for one in rounds], '{:,.0f}')} "
        f"| {_spread([one.rates[peer] / one.rates[BARE] for one in rounds], '{:.2f}')} |"
        for peer in PEERS
    )
    ratios = "\n".join(
        f"| worker / {peer.name} "
        f"| {_spread([one.rates[REDRESS] / one.rates[peer] for one in rounds], '{:.2f}')} | {target:g} |"
        for peer, target in TARGETS.items()
    )
    return f"""\
# Benchmarks

`make bench` made this page on {datetime.now(UTC):%Y-%m-%d}. Figures depend on the machine; ratios much less.

## Throughput

The product's job on one real Kafka, by one process each: read a complaint, decode it, drop it if its event was seen
before, decide by the shipped rules, and write ComplaintRouted to complaints-routed and a QueueItem to the queue,
both with their derived ids and CloudEvents headers.

| | guarantee | complaints/s | of the bare loop |
|---|---|---|---|
{rates}

| | reached | target |
|---|---|---|
{ratios}

Each figure is the median of {len(rounds)} rounds, with the lowest and the highest. Ratios are taken within a round.

## Recovery

A fresh worker on the changelog of {complaints:,} complaints, from the group's assignment until every partition does
its work, fencing and offsets included: {_spread([one.recovery for one in rounds], "{:,.0f}")} rows/s.

## How it is measured

- The input is {complaints:,} complaints of some 600 bytes in {partitions} partitions, and {records - complaints:,} \
copies of some
  of them. Plain Faust reads the same topic, and is stopped after {PLAIN_FAUST.complaints:,} complaints.
- The two loops (`bench/bare.py`, `bench/plain_faust.py`) decide, name and head their outputs by the router's own
  functions. The bare loop uses its codec too, keeps what it has seen in a set, and commits once a second. Plain Faust
  is written as its documentation teaches: `faust.Record` in and out, a Table, an awaited `send` for each output.
- Every output of every run is read back and compared: key, headers and value, without the instant at which it was
  derived. A run counts only if all of them are as they should be, each once.
- Each row runs alone, on new topics, in an order drawn for each round. Broker, peer and the watching process share
  the machine.
- The clock runs from when a fifth is decided, by the timestamps of the decisions, until all are visible to a
  read_committed reader, so that start-up is left out.

## The machine

{os.cpu_count()} cores, {_memory_gib()} GiB of memory, {platform.system()} on {platform.machine()}, \
Python {platform.python_version()}; Apache Kafka {kafka} on the same machine; aiokafka {version("aiokafka")}, \
confluent-kafka {version("confluent-kafka")}, faust-streaming {version("faust-streaming")}.
"""


def _spread(values: Sequence[float], form: str) -> str:
    return f"{form.format(median(values))} ({form.format(min(values))} to {form.format(max(values))})"


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
