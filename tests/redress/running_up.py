"""``redress up`` as a process, whose lines a test reads."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Self

import psutil

from redress.broker import ports


class Up:
    """A running ``redress up``, of the code in ``folder``; killed at the end of its block if it still runs."""

    def __init__(self, home: Path, *, folder: Path | None = None, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
        self.intake = f"127.0.0.1:{ports.choose(1)[0]}"
        own = {"REDRESS_HOME": str(home), "REDRESS_INTAKE_HTTP": self.intake, **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from redress.cli import main; main()", "up"],
            cwd=folder,
            env={**inherited, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self._errors: IO[str] = self.process.stderr
        self.seen: list[str] = []

    def until(self, pattern: str) -> re.Match[str]:
        """Read on to the line that matches."""
        for line in self._errors:
            self.seen.append(line)
            print(line, end="")  # noqa: T201 - pytest shows it with a failure
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"{pattern} never came:\n{''.join(self.seen)}")

    def children(self) -> dict[str, psutil.Process]:
        """Its processes by the module or class they run."""
        return {self._runs(child): child for child in psutil.Process(self.process.pid).children()}

    def end(self, with_: signal.Signals) -> int:
        """Send a signal, and read to the end."""
        self.process.send_signal(with_)
        self.seen += self._errors.readlines()
        return self.process.wait()

    @staticmethod
    def _runs(process: psutil.Process) -> str:
        command = process.cmdline()
        return next((word for word in command if word.startswith("services.") or word == "kafka.Kafka"), command[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
