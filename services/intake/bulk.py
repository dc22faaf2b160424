"""From a stream of NDJSON lines to a stream of results, one a line, in order; a million lines never sit in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from schemas.codec import encode
from schemas.messages import Message
from services.intake.bodies import Incoming, TooLarge
from services.intake.domain.arrivals import Accepted
from services.intake.domain.refusals import RequestRefused
from services.intake.lines import Lines
from services.intake.metrics import ACCEPTED, REFUSED
from services.intake.problems import Problem, describe_problem
from services.intake.publisher import KafkaAway
from services.intake.records import Receipt, choose_trace, make_receipt
from services.intake.spool import Spool

NDJSON = "application/x-ndjson"

WINDOW_LINES = 256
"""Lines that are decided in one go: a few milliseconds, so that other requests are not kept waiting."""

MOST_WINDOWS = 3
"""Windows on their way to the broker at once: one is decided while others are acknowledged."""

MOST_LINES = 10_000_000
"""In one request."""

logger = structlog.get_logger(__name__)

Decide = Callable[[bytes, int], Accepted | RequestRefused]
"""One line and its number in; what is to be kept, or its refusal, out."""

Submit = Callable[[Sequence[Accepted], bytes], Coroutine[Any, Any, Awaitable[list[bool]]]]
"""Hands on what is to be kept, with its trace; the answer says of each, in time, whether it is."""


class BulkReceipt(Receipt):
    """The result of a line that is kept."""

    line: int
    status: int = 202


class BulkProblem(Problem):
    """The result of a line that is refused."""

    line: int


@dataclass
class Window:
    """Consecutive lines as they were decided, and the broker's answer about those that are to be kept."""

    first: int
    decided: list[Accepted | RequestRefused]
    kept: Awaitable[list[bool]] | None = None


class Bulk(Response):
    """The answer to one bulk request: it reads, decides, publishes and tells, each at its own pace."""

    media_type = NDJSON

    def __init__(self, request: Incoming, pieces: AsyncIterator[bytes], decide: Decide, submit: Submit) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._pieces = pieces
        self._upload = request.upload
        self._language = request.language
        self._trace = choose_trace(request.headers.get("traceparent"))
        self._decide = decide
        self._hand_on = submit
        self._windows: asyncio.Queue[Window | None] = asyncio.Queue(MOST_WINDOWS)
        self._results = Spool()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer while the body still arrives."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read())
            tasks.create_task(self._settle())
            async for block in self._results.blocks():
                await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _read(self) -> None:
        lines, number = Lines(), 1
        try:
            async for piece in self._pieces:
                number = await self._submit(lines.feed(piece), number)
            await self._submit(lines.end(), number)
        except RequestRefused as refused:
            await self._windows.put(Window(number, [refused]))
        except ClientDisconnect:
            logger.info("a bulk sender went away; what was begun is kept", lines=number - 1)
        await self._windows.put(None)

    async def _submit(self, lines: list[bytes | None], number: int) -> int:
        for start in range(0, len(lines), WINDOW_LINES):
            if self._upload.left:
                raise ClientDisconnect
            if number > MOST_LINES:
                raise RequestRefused(
                    "too_many_lines", Message("Send at most {most} lines in one request", most=MOST_LINES)
                )
            window_lines = lines[start : start + WINDOW_LINES]
            decided = [
                TooLarge() if line is None else self._decide(line, at) for at, line in enumerate(window_lines, number)
            ]
            accepted = [one for one in decided if isinstance(one, Accepted)]
            window = Window(number, decided)
            with contextlib.suppress(RequestRefused):
                window.kept = await self._hand_on(accepted, self._trace)
            await self._windows.put(window)
            number += len(decided)
        return number

    async def _settle(self) -> None:
        while (window := await self._windows.get()) is not None:
            kept = await window.kept if window.kept else []
            await self._results.write(b"".join(_report(window, kept, self._language)))
        await self._results.close()


def _report(window: Window, kept: list[bool], language: str) -> Iterator[bytes]:
    """A window's results, as lines, counted."""
    accepted: Counter[tuple[str, str]] = Counter()
    answers = iter(kept)
    for number, decided in enumerate(window.decided, window.first):
        outcome = decided if isinstance(decided, RequestRefused) or next(answers, False) else KafkaAway()
        if isinstance(outcome, RequestRefused):
            REFUSED.labels(outcome.reason).inc()
            problem = {"line": number, **describe_problem(outcome, language)}
            yield json.dumps(problem, ensure_ascii=False).encode() + b"\n"
        else:
            if not outcome.is_test:
                accepted[outcome.channel, outcome.event.type] += 1
            yield encode(BulkReceipt(line=number, **vars(make_receipt(outcome)))) + b"\n"
    for labels, count in accepted.items():
        ACCEPTED.labels(*labels).inc(count)
