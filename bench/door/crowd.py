"""Thousands of connections at once, slow ones among them: who sends, how, and what the fast ones were answered."""

from __future__ import annotations

import asyncio
import json
import resource
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from time import monotonic
from typing import Any

SPARE_FILES = 500
"""Beside a file for each connection."""
SLOW_PAUSE_SECONDS = 0.5
"""Between two bytes of who sends slowly."""
FAST_PAUSE_SECONDS = 2.0
"""Between an answer and the next post of who sends fast: a thousand of them post some 400 a second."""
ARRIVAL_SECONDS = 10.0
"""In which those who send slowly come, one after the other."""
ANSWER_SECONDS = 60.0

Address = tuple[str, int]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Crowd:
    """What the fast senders were answered: statuses, latencies in seconds, ids of what was kept, answers of each."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    answers_of: Counter[int] = field(default_factory=Counter)
    cut_off: int = 0

    def quantile(self, share: float) -> float:
        """Of the latencies, in seconds."""
        return sorted(self.seconds)[int(share * len(self.seconds))]


def raise_file_limit(connections: int) -> None:
    """Let this process and those that it starts have so many connections. Raises OSError, saying what to do."""
    wanted = connections + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise OSError(f"{wanted} open files are needed, and {hard} are allowed: raise the limit (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def gather_crowd(address: Address, body: dict[str, Any], *, fast: int, slow: int, seconds: float) -> Crowd:
    """Have ``fast`` and ``slow`` senders post ``body`` for so many seconds; then wait for what is still open."""
    crowd, until = Crowd(), monotonic() + seconds
    kinds: list[Callable[[Address, float], Coroutine[Any, Any, None]]] = [_half_head, _half_body, _deaf, _silent]
    async with asyncio.TaskGroup() as tasks:
        slow_ones = [
            tasks.create_task(_later(ARRIVAL_SECONDS * number / slow, kind(address, until)))
            for number, kind in enumerate(islice(cycle(kinds), slow))
        ]
        fast_ones = [tasks.create_task(_fast(address, body, number, fast, until, crowd)) for number in range(fast)]
        await asyncio.wait(fast_ones) if fast_ones else None
        for task in slow_ones:
            task.cancel()
    return crowd


async def _later(seconds: float, work: Coroutine[Any, Any, None]) -> None:
    await asyncio.sleep(seconds)
    await work


async def _fast(address: Address, body: dict[str, Any], number: int, of: int, until: float, crowd: Crowd) -> None:
    """One after the other over a kept connection; where that ends, over another one. They do not begin at once."""
    await asyncio.sleep(FAST_PAUSE_SECONDS * number / of)
    posts = 0
    while monotonic() < until:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(*address)
            try:
                while monotonic() < until:
                    posts += 1
                    await _post(reader, writer, body | {"external_ref": f"{number}-{posts}"}, number, crowd)
                    await asyncio.sleep(FAST_PAUSE_SECONDS)
                return
            except (OSError, asyncio.IncompleteReadError):
                crowd.cut_off += 1
            finally:
                writer.close()


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: dict[str, Any], number: int, crowd: Crowd
) -> None:
    content = json.dumps(body).encode()
    started = monotonic()
    writer.write(_head(len(content)) + content)
    await writer.drain()
    async with asyncio.timeout(ANSWER_SECONDS):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
    crowd.seconds.append(monotonic() - started)
    status = int(head.split(" ", 2)[1])
    crowd.statuses[status] += 1
    if status == 202:
        crowd.kept.add(answer["complaint_id"])
        crowd.answers_of[number] += 1


def _head(length: int) -> bytes:
    lines = ("POST /v1/complaints HTTP/1.1", "host: intake", "content-type: application/json")
    return "\r\n".join([*lines, f"content-length: {length}", "", ""]).encode()


async def _half_head(address: Address, until: float) -> None:
    """Sends a head byte by byte, and never ends it."""
    await _again_and_again(address, until, b"", b"POST /v1/complaints HTTP/1.1\r\nx: ")


async def _half_body(address: Address, until: float) -> None:
    """Sends a head, and then a body byte by byte, and never ends it."""
    await _again_and_again(address, until, _head(400_000), b'{"channel": "web", "body": "')


async def _silent(address: Address, until: float) -> None:
    """Connects, and says nothing."""
    await _again_and_again(address, until, b"", b"")


async def _deaf(address: Address, until: float) -> None:
    """Asks again and again for what is long, and reads no answer."""
    await _again_and_again(address, until, b"GET /openapi.json HTTP/1.1\r\nhost: intake\r\n\r\n" * 50, b"")


async def _again_and_again(address: Address, until: float, first: bytes, then: bytes) -> None:
    while monotonic() < until:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(*address, limit=1)
            try:
                writer.write(first)
                for sent in cycle(then or b"\0"):
                    await asyncio.sleep(SLOW_PAUSE_SECONDS)
                    if monotonic() > until or reader.at_eof() or writer.is_closing():
                        break
                    if then:
                        writer.write(bytes([sent]))
                        await writer.drain()
            finally:
                writer.close()
