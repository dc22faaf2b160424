"""The proxy, between a client and a server that repeats what it hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chaos.proxy import Proxy
from redress.broker import ports

pytestmark = pytest.mark.asyncio

PATIENCE_SECONDS = 10


class Echo:
    """A server that repeats every line, and keeps what it has heard."""

    def __init__(self, port: int) -> None:
        self.heard = b""
        self._port = port

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._repeat, "127.0.0.1", self._port)

    async def _repeat(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.heard += line
            writer.write(line)
        writer.close()


@pytest_asyncio.fixture
async def network() -> AsyncIterator[tuple[Proxy, Echo, int]]:
    front, back = ports.choose(2)
    echo = Echo(back)
    async with await echo.serve(), Proxy(front, back) as proxy:
        yield proxy, echo, front


async def say(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line)
    await writer.drain()


async def said_and_heard(port: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await say(writer, b"hello\n")
        await reader.readexactly(1)


async def test_what_is_said_arrives_and_comes_back(network):
    _, _, port = network
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await say(writer, b"hello\n")
    assert await reader.readline() == b"hello\n"
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()


async def test_a_delay_holds_back_each_direction(network):
    proxy, _, port = network
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    proxy.delay_seconds = 0.1
    began = time.monotonic()
    await say(writer, b"slow\n")
    assert await reader.readline() == b"slow\n"
    assert time.monotonic() - began >= 0.2
    writer.close()


async def test_a_cut_ends_every_connection_at_once_and_the_next_is_served(network):
    proxy, _, port = network
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await say(writer, b"before\n")
    await reader.readline()
    assert proxy.connections == 1
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await reader.readexactly(1)
    again, writer = await asyncio.open_connection("127.0.0.1", port)
    await say(writer, b"after\n")
    assert await again.readline() == b"after\n"
    writer.close()


async def test_while_it_refuses_no_connection_lasts(network):
    proxy, echo, port = network
    proxy.refuses = True
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await said_and_heard(port)
    assert echo.heard == b""


async def test_a_half_closed_connection_still_carries_what_the_client_says_but_no_answer(network):
    proxy, echo, port = network
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await say(writer, b"before\n")
    await reader.readline()
    proxy.half_close()
    assert await reader.read() == b""
    await say(writer, b"after\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while echo.heard != b"before\nafter\n":
            await asyncio.sleep(0.01)
    writer.close()


async def test_a_server_that_is_down_is_seen_as_one():
    front, nobody = ports.choose(2)
    async with Proxy(front, nobody):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said_and_heard(front)
