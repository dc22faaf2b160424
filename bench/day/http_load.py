"""Complaints posted one by one over HTTP keep-alive: a rate, or as fast as they are answered, in; the answers out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from bench import h2load
from bench.running import BenchError

CONNECTION_RATE = 10.0
"""Complaints a second of one connection of an even load: an answer that takes 100 ms delays none."""
COMPLAINT: dict[str, Any] = {
    "channel": "web",
    "customer": {"id": "C-7"},
    "category": "billing",
    "subject": "Charged twice",
    "body": "My card was charged twice for one order. I have asked twice, and nobody has answered. " * 4,
}
"""Without external_ref and key, so that each is a fresh complaint."""


@dataclass(frozen=True)
class Answers:
    """Of each complaint that was answered 202: when it was posted, in seconds since 1970, and seconds until then."""

    posted: Sequence[float]
    seconds: Sequence[float]

    @property
    def rate(self) -> float:
        """Complaints posted a second, from the first to the last."""
        return (len(self.posted) - 1) / (max(self.posted) - min(self.posted))


class HttpLoad:
    """Posts ``complaint`` to intake at ``address`` (host:port), with h2load; files go to ``home``.

    Raises BenchError where h2load is not installed.
    """

    def __init__(self, address: str, home: Path, complaint: dict[str, Any]) -> None:
        h2load.find()
        self._url = f"http://{address}/v1/complaints"
        self._body = home / "complaint.json"
        self._body.write_text(json.dumps(complaint), encoding="utf-8")
        self._log = home / "requests.tsv"

    def even(self, rate: float, seconds: float) -> Answers:
        """Post ``rate`` a second. Connections begin one after the other, so that they do not post at one instant.

        Raises BenchError when an answer is not 202.
        """
        connections = max(1, round(rate / CONNECTION_RATE))
        apart_ms = max(1, round(1_000 / rate))
        return self._post(
            seconds,
            f"--requests={round(rate * seconds)}",
            f"--clients={connections}",
            f"--rps={rate / connections}",
            "--rate=1",
            f"--rate-period={apart_ms}ms",
        )

    def closed_loop(self, seconds: float) -> Answers:
        """Post as fast as all connections get answers. Raises BenchError when an answer is not 202."""
        return self._post(seconds, f"--clients={h2load.CONNECTIONS}", f"--duration={round(seconds)}")

    def _post(self, seconds: float, *pace: str) -> Answers:
        self._log.unlink(missing_ok=True)
        h2load.post(self._url, self._body, seconds, f"--log-file={self._log}", *pace)
        return answers(self._log.read_text(encoding="ascii"))


def answers(log: str) -> Answers:
    """What h2load's log says: a line for each request with microseconds since 1970, status, and microseconds taken.

    Raises BenchError when one was not answered 202, or there is none.
    """
    rows = [line.split("\t") for line in log.splitlines()]
    refused = [status for _, status, _ in rows if status != str(HTTPStatus.ACCEPTED.value)]
    if refused or not rows:
        raise BenchError(f"{len(refused):,} of {len(rows):,} complaints were not answered 202, but {set(refused)}")
    return Answers([int(at) / 1e6 for at, _, _ in rows], [int(taken) / 1e6 for _, _, taken in rows])
