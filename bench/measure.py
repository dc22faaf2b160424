"""One run of one row: a process started on a full topic, stopped when its outputs are visible; its rate out.

The rate is that of the steady state. The clock starts when a fifth is decided, by the timestamps of the decisions,
and stops when all are visible to a read_committed reader: what comes before (imports, joining the group, first
fetches) is the same few seconds for every peer, and would say more about the length of the bench than about the
peers. It must not start with what is visible: transactions show their work late and at once, and would be flattered.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.cluster import Cluster, Look, Outputs
from bench.peers import Peer
from bench.running import LOOK_SECONDS, Bench, BenchError, Running

STEADY_FROM = 0.2
QUIET_SECONDS = 1.0


def measure(bench: Bench, peer: Peer, count: int = 1) -> dict[str, float]:
    """Complaints per second, by row: of ``count`` processes of the peer, and again once they are warm.

    Raises BenchError when what the peer wrote is not what is expected.
    """
    rates: dict[str, float] = {}
    bench.cluster.renew(peer.group)
    with bench.running(peer.name, peer.command, count) as running:
        for number, row in enumerate(peer.rows, start=1):
            if number > 1:
                running.turn_over()
                running.wait_for(lambda: "run 1 ended" in running.log.read_text())
                bench.cluster.renew(peer.group)
                running.turn_over()
            rates[row] = _run(bench, peer, running)
    return rates


def _run(bench: Bench, peer: Peer, running: Running) -> float:
    everything = bench.inputs
    wanted = min(peer.complaints or everything, everything)
    looks = watch(bench.cluster, wanted, running.check, to_the_end=wanted == everything)
    if wanted < everything:
        running.stop()
    outputs = bench.cluster.read_back()
    _compare(peer, outputs, bench, wanted)
    return rate(looks, outputs, wanted)


def rate(looks: Sequence[Look], outputs: Outputs, wanted: int) -> float:
    """Complaints per second from when a fifth of the ``wanted`` were decided until all were visible."""
    decided = sorted(outputs.decided)
    started = decided[int(STEADY_FROM * wanted)]
    counted = ((look.at, outputs.decisions(look)) for look in looks)
    ended, visible = next(one for one in counted if one[1] >= wanted)
    return (visible - bisect_right(decided, started)) / (ended - started)


def recovery(bench: Bench, peer: Peer, partitions: int) -> float:
    """Rows per second of a fresh worker on the changelog that the last run filled, from assignment to ready."""
    with bench.running(peer.name, peer.command) as running:
        running.wait_for(lambda: len(partitions_ready(running.log)) == partitions)
        ready = partitions_ready(running.log)
    # All partitions are recovered at once, beside each other, so the slowest takes as long as all.
    return sum(rows for rows, _ in ready) / max(seconds for _, seconds in ready)


def watch(cluster: Cluster, wanted: int, check: Callable[[], None], *, to_the_end: bool) -> list[Look]:
    """Looks, until the wanted decisions are there; at the end of the input, until nothing more comes."""
    looks = [cluster.look()]
    changed = looks[0].at
    while looks[-1].positions < wanted or (to_the_end and looks[-1].at - changed < QUIET_SECONDS):
        check()
        time.sleep(LOOK_SECONDS)
        looks.append(cluster.look())
        if looks[-1].ends != looks[-2].ends:
            changed = looks[-1].at
    return looks


def _compare(peer: Peer, outputs: Outputs, bench: Bench, wanted: int) -> None:
    wrong = sum(bench.expected.get(place) != digest for place, digest in outputs.digests.items())
    twice = outputs.written - len(outputs.digests)
    each = len(bench.expected) // bench.inputs
    if wrong or twice or len(outputs.digests) < wanted * each:
        raise BenchError(
            f"{peer.name}: of {wanted * each} outputs {len(outputs.digests)} are there, "
            f"{wrong} of them not as they should be, and {twice} more than once"
        )


def partitions_ready(log: Path) -> list[tuple[int, float]]:
    """Rows and seconds of every partition that a worker's log calls ready."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return [(line["rows"], line["seconds"]) for line in lines if line["event"] == "partition ready"]
