"""`redress fetch-mail` as a process, what it reads through, and what it posts to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from tests.redress.fetch_mail.dovecot import PASSWORD

COMMAND = (sys.executable, "-c", "from redress.cli import main; main()", "fetch-mail", "--channel", "email")


class Intake:
    """Keeps an event for each Message-ID, as intake does, and counts how often each mail was posted."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: Counter[str] = Counter()
        self.events: dict[str, bytes] = {}
        self.refuses: dict[str, tuple[int, str]] = {}
        self.before_answer: Callable[[str], None] = lambda _: None

    async def answer(self, request: web.Request) -> web.Response:
        mail = await request.read()
        message_id = BytesHeaderParser().parsebytes(mail)["Message-ID"]
        self.posts[message_id] += 1
        if message_id in self.refuses:
            status, reason = self.refuses[message_id]
            body = {"type": f"urn:redress:problem:{reason}", "status": status, "detail": "no"}
            return web.json_response(body, status=status, content_type="application/problem+json")
        self.events[message_id] = mail
        self.before_answer(message_id)
        event_id = str(uuid5(NAMESPACE_URL, message_id))
        body = {"complaint_id": event_id, "event_id": event_id, "duplicate_safe": True}
        return web.json_response(body, status=202)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        application = web.Application(client_max_size=30 * 1024 * 1024)
        application.add_routes([web.post("/v1/channels/email/email", self.answer)])
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield
        finally:
            await runner.cleanup()


class Gate:
    """Passes IMAP on in clear. ``from_client`` and ``from_server`` see each piece first, and True keeps it back."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.idling = asyncio.Event()
        self.from_client: Callable[[bytes], bool] = lambda _: False
        self.from_server: Callable[[bytes], bool] = lambda _: False
        self._target = target

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(
                self._pass_on(reader, to_server, self._ask_from_client),
                self._pass_on(from_server, writer, self._note),
            )
        finally:
            writer.close()
            to_server.close()

    def _ask_from_client(self, piece: bytes) -> bool:
        return self.from_client(piece)  # as it is set then

    def _note(self, piece: bytes) -> bool:
        if piece.startswith(b"+ idling"):
            self.idling.set()
        return self.from_server(piece)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keeps: Callable[[bytes], bool]
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                if not keeps(piece):
                    writer.write(piece)
                    await writer.drain()
            writer.write_eof()


class FetchMail:
    """One run of the command. ``lines`` is what it logs."""

    def __init__(self, process: Process) -> None:
        self.lines: list[dict[str, Any]] = []
        self.text = ""
        self._process = process
        self._more = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def taken(self) -> int:
        return sum(line.get("event") == "mail taken" for line in self.lines)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as it holds after a line; fail if the process ends before."""
        async with self._more:
            await self._more.wait_for(lambda: holds() or self._process.returncode is not None)
        assert holds(), self.text

    async def until_line(self, event: str, **fields: Any) -> None:
        def logged() -> bool:
            return any(line.items() >= {"event": event, **fields}.items() for line in self.lines)

        await self.until(logged)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    async def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        await self._reading
        return await self._process.wait()

    async def end(self) -> dict[str, int]:
        """SIGTERM; what it says at its end."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stdout
        said = await self._process.stdout.read()
        assert await self.ended() == 0, self.text
        counts: dict[str, int] = json.loads(said)
        return counts

    async def _read(self) -> None:
        assert self._process.stderr
        async for line in self._process.stderr:
            self.text += line.decode()
            with suppress(ValueError):
                self.lines.append(json.loads(line))
            async with self._more:
                self._more.notify_all()
        await self._process.wait()
        async with self._more:
            self._more.notify_all()


@asynccontextmanager
async def fetch_mail(
    config: Path, intake: Intake, environment: Mapping[str, str] | None = None
) -> AsyncIterator[FetchMail]:
    """The command runs while the block does; it is killed if the block has not ended it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    variables = inherited | {"REDRESS_MAIL_PASSWORD": PASSWORD} | dict(environment or {})
    arguments = (*COMMAND, "--config", str(config), "--intake", intake.url)
    process = await asyncio.create_subprocess_exec(*arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=variables)
    running = FetchMail(process)
    try:
        yield running
    finally:
        running.kill()
        await running.ended()
