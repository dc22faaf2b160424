"""Keeps child processes running: programs in, their output line by line and their restarts out."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from redress.supervisor.backoff import Backoff
from redress.supervisor.leash import Leash
from redress.supervisor.program import Program, how_it_ended, lines
from redress.waiting import set_within

STOP_SECONDS = 15.0
WRONG_CONFIGURATION = 2
"""The exit code of a program that cannot run as it is set up: starting it again would not help."""
LAST_LINES = 15


class WrongConfiguration(Exception):
    """A program refuses its configuration; the message holds its last lines."""


@dataclass
class _Kept:
    """A program with the process that runs it now, or ran it last."""

    program: Program
    process: Process
    last: deque[str]
    restarts: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    keeping: asyncio.Task[None] | None = None


class Supervisor:
    """Starts programs, starts them again when they end unasked, and ends them all when its block ends.

    Ending well is no exception: a service that somebody sends SIGTERM ends with 0, and is missed. One that refuses its
    configuration (exit 2) makes ``wait``, or else the end of the block, raise WrongConfiguration. ``tell`` gets every
    line: the program's name and the text. No process outlives this one, whatever ends it.
    """

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        self.tell = tell
        self._kept: dict[str, _Kept] = {}
        self._leash = Leash()
        self._refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> None:
        """Start a program, or start it again after ``stop``. Raises OSError when it cannot be executed."""
        before = self._kept.get(program.name)
        if before and not before.stopping.is_set():
            raise ValueError(f"{program.name} has been started already")
        process = await program.run(self._leash.group)
        kept = _Kept(program, process, deque(maxlen=LAST_LINES), before.restarts if before else 0)
        self._kept[program.name] = kept
        kept.keeping = asyncio.create_task(self._keep(kept), name=f"keep {program.name}")
        kept.keeping.add_done_callback(self._pass_on)

    def kill(self, name: str, signal_: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process, if one runs. When it ends of that, it is started again."""
        process = self._kept[name].process
        if process.returncode is None:
            process.send_signal(signal_)

    async def stop(self, name: str, signal_: signal.Signals = signal.SIGTERM) -> None:
        """End a program and keep it ended, until ``start``; SIGKILL after fifteen seconds."""
        kept = self._kept[name]
        kept.stopping.set()
        self.kill(name, signal_)
        if kept.keeping is None:
            return
        _, late = await asyncio.wait([kept.keeping], timeout=STOP_SECONDS)
        if late:
            self.tell(name, f"did not end within {STOP_SECONDS:g} s, and is killed")
            self.kill(name)
            await asyncio.wait(late)

    def pid(self, name: str) -> int | None:
        """The process id, while a process runs."""
        process = self._kept[name].process
        return process.pid if process.returncode is None else None

    def restarts(self, name: str) -> int:
        """How often the program has been started again."""
        return self._kept[name].restarts

    async def wait(self) -> None:
        """Wait for ever, or until a program refuses its configuration: raises WrongConfiguration."""
        await asyncio.shield(self._refused)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await asyncio.gather(*(self.stop(name) for name in self._kept))
        finally:
            self._leash.close()
        if self._refused.done() and (refusal := self._refused.exception()) and error is None:
            raise refusal

    async def _keep(self, kept: _Kept) -> None:
        clock = asyncio.get_running_loop().time
        backoff = Backoff()
        while True:
            since = clock()
            async for line in lines(kept.process):
                kept.last.append(line)
                self.tell(kept.program.name, line)
            code = await kept.process.wait()
            if kept.stopping.is_set():
                return
            if code == WRONG_CONFIGURATION:
                self.tell(kept.program.name, "refuses its configuration")
                last = "\n".join(kept.last)
                raise WrongConfiguration(f"{kept.program.name} refuses its configuration:\n{last}")
            delay = backoff.after_end(clock() - since)
            self.tell(kept.program.name, f"{how_it_ended(code)}; starting it again in {delay:g} s")
            if await set_within(kept.stopping, delay):
                return
            kept.process = await kept.program.run(self._leash.group)
            kept.restarts += 1

    def _pass_on(self, keeping: asyncio.Task[None]) -> None:
        if not keeping.cancelled() and (error := keeping.exception()) and not self._refused.done():
            self._refused.set_exception(error)
