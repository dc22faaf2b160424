"""One run of a child process: a program in, its lines and then its exit code out."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

LONGEST_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Program:
    """What to run. ``name`` is unique within a supervisor; the environment is complete, nothing is inherited."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    async def run(self, group: int) -> Process:
        """Start a process of it in a process group, with both outputs as one stream."""
        return await asyncio.create_subprocess_exec(
            *self.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=self.environment,
            process_group=group,
            limit=LONGEST_LINE_BYTES,
        )


async def lines(process: Process) -> AsyncIterator[str]:
    """What the process prints, until it closes its output."""
    if process.stdout is None:
        raise ValueError("the process was started without a pipe for its output")
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # asyncio's word for a line past the limit, which it has thrown away
            yield f"(a line of more than {LONGEST_LINE_BYTES} bytes is left out)"
            continue
        if not line:
            return
        yield line.decode("utf-8", "replace").rstrip()


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"failed with exit code {code}" if code else "has ended"
