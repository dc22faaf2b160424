"""One run of one row: a process started on a full topic, stopped when its outputs are visible; its rate out.

The rate is that of the steady state. The clock starts when a fifth is decided, by the timestamps of the decisions,
and stops when all are visible to a read_committed reader: what comes before (imports, joining the group, first
fetches) is the same few seconds for every peer, and would say more about the length of the bench than about the
peers. It must not start with what is visible: transactions show their work late and at once, and would be flattered.
"""

from __future__ import annotations

import json
import subprocess
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cluster import Cluster, Digests, Look, Outputs
from bench.peers import Peer
from redress.supervisor.leash import Leash

STEADY_FROM = 0.2
OUTPUTS_EACH = 2
"""Of one complaint: its decision and its queue item."""
LOOK_SECONDS = 0.05
QUIET_SECONDS = 1.0
GIVE_UP_SECONDS = 300.0
STOP_SECONDS = 30


class BenchError(Exception):
    """A peer did not do the job; the message says what is wrong with its outputs."""


@dataclass(frozen=True)
class Bench:
    """What all runs share. ``expected`` are the digests of the outputs of every complaint in the topic."""

    cluster: Cluster
    environment: Mapping[str, str]
    log: Path
    expected: Digests

    @contextmanager
    def running(self, peer: Peer) -> Iterator[Callable[[], None]]:
        """The peer's process runs within the block. What is given raises BenchError if it ended, or takes too long."""
        give_up = time.monotonic() + GIVE_UP_SECONDS
        with Leash() as leash, self.log.open("wb") as output:
            process = leash.start(peer.command, environment=self.environment, output=output)

            def check() -> None:
                if process.poll() is not None or time.monotonic() > give_up:
                    raise BenchError(f"{peer.name} ended, or does not come to an end.\n{self.log.read_text()[-2_000:]}")

            yield check
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def measure(bench: Bench, peer: Peer) -> float:
    """Complaints per second. Raises BenchError when what the peer wrote is not what is expected."""
    bench.cluster.renew(peer.group)
    everything = len(bench.expected) // OUTPUTS_EACH
    wanted = peer.complaints or everything
    with bench.running(peer) as check:
        looks = _watch(bench.cluster, wanted, check, to_the_end=wanted == everything)
    outputs = bench.cluster.read_back()
    _compare(peer, outputs, bench.expected, wanted)
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
    with bench.running(peer) as check:
        while len(ready := _partitions_ready(bench.log)) < partitions:
            check()
            time.sleep(LOOK_SECONDS)
    # All partitions are recovered at once, beside each other, so the slowest takes as long as all.
    return sum(rows for rows, _ in ready) / max(seconds for _, seconds in ready)


def _watch(cluster: Cluster, wanted: int, check: Callable[[], None], *, to_the_end: bool) -> list[Look]:
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


def _compare(peer: Peer, outputs: Outputs, expected: Digests, wanted: int) -> None:
    wrong = sum(expected.get(place) != digest for place, digest in outputs.digests.items())
    twice = outputs.written - len(outputs.digests)
    if wrong or twice or len(outputs.digests) < wanted * OUTPUTS_EACH:
        raise BenchError(
            f"{peer.name}: of {wanted * OUTPUTS_EACH} outputs {len(outputs.digests)} are there, "
            f"{wrong} of them not as they should be, and {twice} more than once"
        )


def _partitions_ready(log: Path) -> list[tuple[int, float]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return [(line["rows"], line["seconds"]) for line in lines if line["event"] == "partition ready"]
