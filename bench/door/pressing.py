"""From an address and a body to the requests a second that are answered over kept connections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import h2load
from bench.running import BenchError

WARM_SECONDS = 2
SECONDS = 5

_STATUSES = re.compile(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx")
_OUTCOMES = re.compile(r"(\d+) failed, (\d+) errored, (\d+) timeout")


@dataclass(frozen=True)
class Load:
    """What was answered after the warming up."""

    answered: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / SECONDS


def press(url: str, body: Path, headers: Mapping[str, str]) -> Load:
    """Post ``body`` with ``headers`` for some seconds. Raises BenchError unless every answer is a 2xx."""
    pace = (f"--clients={h2load.CONNECTIONS}", f"--warm-up-time={WARM_SECONDS}", f"--duration={SECONDS}")
    said = h2load.post(
        url, body, WARM_SECONDS + SECONDS, *pace, *(f"--header={name}: {headers[name]}" for name in headers)
    )
    statuses, outcomes = _STATUSES.search(said), _OUTCOMES.search(said)
    if statuses is None or outcomes is None or int(statuses[1]) == 0:
        raise BenchError(f"h2load got nothing answered:\n{said}")
    if any(map(int, statuses.groups()[1:] + outcomes.groups())):
        raise BenchError(f"not every request was answered with 2xx:\n{said}")
    return Load(int(statuses[1]))
