"""Starts child processes that cannot outlive this one, however this one ends: SIGKILL included."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

WATCHER = "trap '' HUP INT TERM; read _; kill -KILL 0"
"""Waits for its standard input to close, as it does when the holder dies, then kills its whole group."""


class Leash:
    """A process group whose leader waits for this process to go away.

    Children join the group before they execute, so there is no instant at which one could slip away, and no
    process id that could be recycled. They do not get the terminal's Ctrl-C either: the holder decides. It
    works the same on Linux and macOS. A child that leaves the group (setsid) leaves the leash.
    """

    def __init__(self) -> None:
        self._watcher = subprocess.Popen(  # noqa: S603 - a constant
            ["/bin/sh", "-c", WATCHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    @property
    def group(self) -> int:
        """What to pass as ``process_group`` when a child is started."""
        return self._watcher.pid

    def start(
        self,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path | None = None,
        output: IO[bytes] | int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a child on the leash; both of its outputs go to ``output``."""
        return subprocess.Popen(  # noqa: S603 - the callers' own commands, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            process_group=self.group,
        )

    def close(self) -> None:
        """Kill whatever is still in the group, and its leader."""
        os.killpg(self.group, signal.SIGKILL)
        self._watcher.wait()
        if self._watcher.stdin:
            self._watcher.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
