"""From an address and a body to the requests a second that h2load gets answered over kept connections."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import click

from bench.running import BenchError

CONNECTIONS = 64
"""Each has one request open."""

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


def find() -> str:
    """The program. Raises ClickException where there is none."""
    found = shutil.which("h2load")
    if found is None:
        raise click.ClickException(
            "the section door needs the load generator h2load, which pip does not have: install Debian's "
            "nghttp2-client, Fedora's nghttp2 or Homebrew's nghttp2"
        )
    return found


def press(url: str, body: Path) -> Load:
    """Post ``body`` for some seconds. Raises BenchError unless every answer is a 2xx."""
    command = [find(), "--h1", "--clients", str(CONNECTIONS), "--duration", str(SECONDS)]
    command += ["--warm-up-time", str(WARM_SECONDS), "--data", str(body), "--header", "content-type: application/json"]
    said = subprocess.run([*command, url], capture_output=True, text=True, check=False, timeout=60).stdout
    statuses, outcomes = _STATUSES.search(said), _OUTCOMES.search(said)
    if statuses is None or outcomes is None or int(statuses[1]) == 0:
        raise BenchError(f"h2load got nothing answered:\n{said}")
    if any(map(int, statuses.groups()[1:] + outcomes.groups())):
        raise BenchError(f"not every request was answered with 2xx:\n{said}")
    return Load(int(statuses[1]))
