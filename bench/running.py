"""Processes that do the job: started on a leash, watched, told to begin anew, killed or stopped."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.cluster import Cluster, Digests
from redress.supervisor.leash import Leash

LOOK_SECONDS = 0.05
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

    def turn_over(self) -> None:
        """Send SIGUSR2, with which a peer that warms up ends a run, and begins the next (a nohup keeps SIGHUP away)."""
        for process in self.processes:
            process.send_signal(signal.SIGUSR2)

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
