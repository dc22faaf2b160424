"""A network that fails on demand: a port to listen on and one to pass on to in; delays, cuts and half-closes out."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from struct import pack
from typing import Self

from redress.broker.node import LOOPBACK

CHUNK_BYTES = 64 * 1024
RESET_ON_CLOSE = pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing sends a reset, and what is still unsent is lost."""


@dataclass(eq=False)
class _Connection:
    """One client's connection, and the one to the broker that belongs to it."""

    client: asyncio.StreamWriter
    broker: asyncio.StreamWriter
    answers: asyncio.Task[None] | None = None

    def reset(self) -> None:
        for writer in (self.client, self.broker):
            if writer.is_closing():
                continue
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()


class Proxy:
    """Passes TCP on from ``port`` to ``target``, both on loopback; an async context manager.

    ``delay_seconds`` holds back every chunk, in both directions. While ``refuses`` is true, new connections are
    aborted at once.
    """

    def __init__(self, port: int, target: int) -> None:
        self.delay_seconds = 0.0
        self.refuses = False
        self._port = port
        self._target = target
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    def cut(self) -> None:
        """Reset every connection, with what is under way in it."""
        for connection in list(self._open):
            connection.reset()

    def half_close(self) -> None:
        """Tell every client that nothing more comes, while its own way to the broker stays open."""
        for connection in self._open:
            if connection.answers is not None and not connection.answers.done():
                connection.answers.cancel()
                with suppress(OSError):
                    connection.client.write_eof()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            from_broker, to_broker = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:  # the broker is down: so would the client see it without us
            writer.transport.abort()
            return
        connection = _Connection(writer, to_broker)
        self._open.add(connection)
        try:
            connection.answers = asyncio.create_task(self._pass_on(from_broker, writer))
            await self._pass_on(reader, to_broker)
            await asyncio.wait([connection.answers])
        finally:
            self._open.discard(connection)
            writer.close()
            to_broker.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # one side is gone; ``_serve`` ends the other
            while chunk := await reader.read(CHUNK_BYTES):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()
