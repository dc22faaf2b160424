"""One run of one row: a process started on a full topic, stopped when its outputs are visible; its rate out.

The rate is that of the steady state. The clock starts when a fifth is decided, by the timestamps of the decisions,
and stops when all are visible to a read_committed reader: what comes before (imports, joining the group, first
fetches) is the same few seconds for every peer, and would say more about the length of the bench than about the
peers. It must not start with what is visible: transactions show their work late and at once, and would be flattered.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.cluster import Cluster, Digests, Look, Outputs
from bench.peers import Peer
from redress.supervisor.leash import Leash

STEADY_FROM = 0.2
LOOK_SECONDS = 0.05
QUIET_SECONDS = 1.0
GIVE_UP_SECONDS = 900.0
STOP_SECONDS = 30


class BenchError(Exception):
    """A peer did not do the job; the message says what is wrong with its outputs."""


class Running:
    """Processes that do the job, and what they print."""

    def __init__(self, name: str, processes: Sequence[subprocess.Popen[bytes]], log: Path) -> None:
        self.processes = processes
        self.log = log
        self._name = name
        self._give_up = time.monotonic() + GIVE_UP_SECONDS

    def check(self) -> None:
        """Raises BenchError if one has ended, or takes too long."""
        if any(process.poll() is not None for process in self.processes) or time.monotonic() > self._give_up:
            raise BenchError(f"{self._name} ended, or does not come to an end.\n{self.log.read_text()[-2_000:]}")

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds."""
        self._give_up = time.monotonic() + GIVE_UP_SECONDS
        while not condition():
            self.check()
            time.sleep(LOOK_SECONDS)

    def hang_up(self) -> None:
        """Send SIGHUP, with which a peer that warms up ends a run, and begins the next."""
        for process in self.processes:
            process.send_signal(signal.SIGHUP)

    def kill_one(self) -> None:
        """End one as a crash would (SIGKILL); the others go on."""
        *self.processes, killed = self.processes
        killed.kill()
        killed.wait()

    def stop(self) -> None:
        """End them."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Bench:
    """What runs share. ``expected`` are the digests of the outputs of every record in the input."""

    cluster: Cluster
    environment: Mapping[str, str]
    home: Path
    expected: Digests

    @cached_property
    def inputs(self) -> int:
        """How many different records the input has."""
        return len({key for _, key in self.expected})

    @contextmanager
    def running(self, name: str, command: Sequence[str], count: int = 1) -> Iterator[Running]:
        """Processes of one command run within the block."""
        log = self.home / f"{name}.log"
        with Leash() as leash, log.open("wb") as output:
            processes = [leash.start(command, environment=self.environment, output=output) for _ in range(count)]
            running = Running(name, processes, log)
            yield running
            running.stop()


def measure(bench: Bench, peer: Peer, count: int = 1) -> dict[str, float]:
    """Complaints per second, by row: of ``count`` processes of the peer, and again once they are warm.

    Raises BenchError when what the peer wrote is not what is expected.
    """
    rates: dict[str, float] = {}
    bench.cluster.renew(peer.group)
    with bench.running(peer.name, peer.command, count) as running:
        for number, row in enumerate(peer.rows, start=1):
            if number > 1:
                running.hang_up()
                running.wait_for(lambda: "run 1 ended" in running.log.read_text())
                bench.cluster.renew(peer.group)
                running.hang_up()
            rates[row] = _run(bench, peer, running)
    return rates


def _run(bench: Bench, peer: Peer, running: Running) -> float:
    everything = bench.inputs
    wanted = min(peer.complaints or everything, everything)
    looks = _watch(bench.cluster, wanted, running.check, to_the_end=wanted == everything)
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


def unchecked_rate(bench: Bench, running: Running, wanted: int) -> float:
    """Decisions per second of processes that run already, as ``rate`` counts; what they wrote is not compared."""
    looks = _watch(bench.cluster, wanted, running.check, to_the_end=True)
    return rate(looks, bench.cluster.read_back(), wanted)


def recovery(bench: Bench, peer: Peer, partitions: int) -> float:
    """Rows per second of a fresh worker on the changelog that the last run filled, from assignment to ready."""
    with bench.running(peer.name, peer.command) as running:
        running.wait_for(lambda: len(partitions_ready(running.log)) == partitions)
        ready = partitions_ready(running.log)
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
