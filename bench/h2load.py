"""h2load, which posts complaints over kept connections: what to post, and how, in; what it printed out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click

from bench.running import BenchError

CONNECTIONS = 64
"""Of a load that has no rate: each posts its next complaint once the last is answered."""
END_SECONDS = 60.0
"""More than h2load takes to begin and to end, beside the seconds for which it posts."""


class H2loadMissing(click.ClickException, BenchError):
    """It is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "the bench posts with h2load, which is not installed, and which pip does not have: "
            "apt-get install nghttp2-client (Fedora and Homebrew: nghttp2)"
        )


def find() -> str:
    """The program. Raises H2loadMissing."""
    found = shutil.which("h2load")
    if found is None:
        raise H2loadMissing
    return found


def post(url: str, body: Path, seconds: float, *options: str) -> str:
    """Post the file ``body`` by HTTP/1.1 as ``options`` say, for so many ``seconds``. Returns what h2load printed.

    Raises BenchError when it fails, and H2loadMissing.
    """
    command = [find(), "--h1", f"--data={body}", "--header=content-type: application/json", *options, url]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + END_SECONDS)
    if ended.returncode:
        raise BenchError(f"h2load failed.\n{ended.stdout}{ended.stderr}")
    return ended.stdout
