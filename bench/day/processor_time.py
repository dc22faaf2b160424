"""Processes in; the processor time that each used while something happened out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil


@dataclass
class Used:
    """Seconds of processor time by the process's name, in and out of the kernel, and for how long it was counted.

    Both are there once the block of ``used`` has ended.
    """

    by: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def percent(self, name: str) -> float:
        """The share of one core."""
        return 100 * self.by[name] / self.seconds

    def each_ms(self, name: str, complaints: int) -> float:
        """Milliseconds a complaint."""
        return 1_000 * self.by[name] / complaints


@contextmanager
def used(processes: Mapping[str, psutil.Process]) -> Iterator[Used]:
    """What the processes use while the block runs. Raises psutil.NoSuchProcess when one has ended."""
    result = Used()
    began, before = time.monotonic(), _seconds(processes)
    yield result
    after = _seconds(processes)
    result.by = {name: after[name] - before[name] for name in processes}
    result.seconds = time.monotonic() - began


def _seconds(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    return {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
