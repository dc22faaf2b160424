"""The door's sockets: what senders do below HTTP's calls, written byte by byte to the real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from schemas.topics import COMPLAINT_EVENTS
from services.intake import admission, connection, upload
from services.intake.closing_transport import ClosingTransport
from services.intake.server import Server, configure, listen
from tests.intake.conftest import PATIENCE_SECONDS
from tests.source_digest import source_digest

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEAD = b"POST /v1/complaints HTTP/1.1\r\nHost: intake\r\nContent-Type: application/json\r\n"
BODY = b'{"channel":"web","external_ref":"A-1","customer":{"id":"c"},"subject":"Card","body":"Twice."}'
LENGTH = b"Content-Length: %d\r\n"
REQUEST = HEAD + LENGTH % len(BODY) + b"\r\n" + BODY
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
"""What Java's HttpClient adds to the first request of a connection."""

Sockets = Callable[[], Awaitable["Sender"]]


class Sender:
    """One connection, from the sender's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Write, and let the server read what was written before more is."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> tuple[int, dict[str, object]]:
        """The next answer's status and body."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            (length,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            body = await self._reader.readexactly(int(length.partition(b":")[2]))
        return int(head.split()[1]), json.loads(body)

    async def rest(self) -> bytes:
        """All until the server closes the connection, or has closed it while more was on its way."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self._reader.read()
            except ConnectionResetError:
                return b""

    def read_nothing(self) -> None:
        """Let what the server writes pile up."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._writer.transport.pause_reading()

    def close(self) -> None:
        self._writer.close()


@pytest_asyncio.fixture(loop_scope="module")
async def sockets(address, kafka) -> AsyncIterator[Sockets]:
    senders: list[Sender] = []

    async def connect() -> Sender:
        senders.append(Sender(*await asyncio.open_connection(*address)))
        return senders[-1]

    yield connect
    for sender in senders:
        sender.close()


def references(kafka) -> list[str]:
    return [COMPLAINT_EVENTS.codec.decode(record.value).external_ref for record in kafka.records]


def hold_back(kafka, monkeypatch) -> asyncio.Event:
    """Nothing is kept until it is set."""
    released = asyncio.Event()
    publish = kafka.publish

    async def slow(record):
        await released.wait()
        await publish(record)

    monkeypatch.setattr(kafka, "publish", slow)
    return released


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
def heads_read(monkeypatch) -> list[int]:
    """Grows whenever the server has read something."""
    read: list[int] = []
    received = connection.Connection.data_received

    def note(self: connection.Connection, data: bytes) -> None:
        received(self, data)
        read.append(len(data))

    monkeypatch.setattr(connection.Connection, "data_received", note)
    return read


@pytest.mark.parametrize("cut", [0, 20, len(BODY)], ids=["in the second segment", "cut", "in one segment"])
async def test_an_offer_to_upgrade_is_ignored_and_the_request_kept_wherever_its_body_is(
    sockets, kafka, heads_read, cut
):
    sender = await sockets()
    await sender.send(HEAD + OFFER + LENGTH % len(BODY) + b"\r\n" + BODY[:cut])
    if cut < len(BODY):
        await until(lambda: len(heads_read) == 1)
        await sender.send(BODY[cut:])
    assert (await sender.answer())[0] == 202
    await sender.send(REQUEST.replace(b"A-1", b"A-2"))
    assert (await sender.answer())[0] == 202
    assert references(kafka) == ["A-1", "A-2"]


@pytest.mark.parametrize("offer", [OFFER, OFFER.replace(b"h2c", b"websocket")], ids=["h2c", "websocket"])
async def test_a_body_behind_an_offer_to_upgrade_is_never_run_as_a_request(sockets, kafka, heads_read, offer):
    sender = await sockets()
    await sender.send(HEAD + offer + LENGTH % len(REQUEST) + b"\r\n")
    await until(lambda: len(heads_read) == 1)
    await sender.send(REQUEST)
    status, problem = await sender.answer()
    assert (status, problem["type"]) == (400, "urn:redress:problem:malformed-json")
    assert kafka.records == []


async def test_requests_that_follow_each_other_without_waiting_are_answered_in_order(sockets, kafka):
    sender = await sockets()
    offered = HEAD + OFFER + LENGTH % len(BODY) + b"\r\n" + BODY
    await sender.send(offered + REQUEST.replace(b"A-1", b"A-2") + offered.replace(b"A-1", b"A-3"))
    assert [(await sender.answer())[0] for _ in range(3)] == [202] * 3
    assert references(kafka) == ["A-1", "A-2", "A-3"]


ENDLESS = {
    "many headers": (HEAD, b"X-Filler: %b\r\n" % (b"a" * 1_000)),
    "one header": (HEAD + b"X-Filler: ", b"a" * 1_000),
    "one name": (HEAD, b"a" * 1_000),
    "the request line": (b"POST /", b"a" * 1_000),
    "empty lines": (b"", b"\r\n" * 500),
}


@pytest.mark.parametrize(("beginning", "more"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_a_head_without_end_is_answered_when_it_is_past_its_limit(sockets, beginning, more):
    sender = await sockets()
    await sender.send(beginning + more * (connection.HEAD_BYTES // len(more) + 1))
    status, problem = await sender.answer()
    assert (status, problem["type"]) == (431, "urn:redress:problem:head-too-large")
    assert str(connection.HEAD_BYTES) in problem["detail"]
    assert await sender.rest() == b""


async def test_who_writes_on_after_a_refusal_reads_why(sockets, heads_read):
    sender = await sockets()
    await sender.send(HEAD + b"X-Filler: " + b"a" * 1_000_000)
    await until(lambda: sum(heads_read) > 1_000_000)
    await sender.send(b"a" * 1_000)
    await until(lambda: sum(heads_read) > 1_001_000)
    assert (await sender.answer())[0] == 431


@pytest.mark.parametrize("past", [False, True])
async def test_a_head_may_be_as_long_as_its_limit(sockets, past):
    sender = await sockets()
    counted = HEAD + LENGTH % len(BODY)
    target = len(b"/v1/complaints")
    names_and_values = target + sum(len(line) - len(b": ") for line in counted.split(b"\r\n")[1:-1])
    filler = b"a" * (connection.HEAD_BYTES - names_and_values - len(b"X") + past)
    await sender.send(counted + b"X: " + filler + b"\r\n\r\n" + BODY)
    assert (await sender.answer())[0] == (431 if past else 202)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n"


async def test_trailers_are_no_headers_of_the_request(sockets, kafka):
    sender = await sockets()
    await sender.send(CHUNKED + b"Idempotency-Key: K-1\r\nContent-Encoding: gzip\r\n\r\n")
    first = await sender.answer()
    await sender.send(REQUEST)
    assert first == await sender.answer()


async def test_trailers_without_end_end_the_connection(sockets, kafka):
    sender = await sockets()
    trailer = b"X-Filler: %b\r\n" % (b"a" * 1_000)
    await sender.send(CHUNKED + trailer * (connection.HEAD_BYTES // len(trailer) + 2))
    assert b" 202 " not in await sender.rest()
    assert kafka.records == []


SMUGGLED = {
    "a length before chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "a length behind chunks": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n",
    "a coding behind chunks": b"Transfer-Encoding: chunked, identity\r\n",
    "a space before the colon": b"Content-Length : 5\r\n",
    "a folded header": b"X-Filler: a\r\n Content-Length: 5\r\n",
    "a length of letters": b"Content-Length: five\r\n",
    "a sign": b"Content-Length: +5\r\n",
}


@pytest.mark.parametrize("offer", [b"", OFFER], ids=["", "with an offer to upgrade"])
@pytest.mark.parametrize("framing", SMUGGLED.values(), ids=SMUGGLED.keys())
async def test_a_body_whose_end_two_readers_may_see_in_two_places_is_not_taken(sockets, kafka, framing, offer):
    sender = await sockets()
    await sender.send(HEAD + offer + framing + b"\r\n0\r\n\r\n" + REQUEST)
    status, problem = await sender.answer()
    assert (status, problem["type"]) == (400, "urn:redress:problem:malformed-request")
    assert await sender.rest() == b""
    assert kafka.records == []


async def test_chunks_that_are_none_are_told_as_long_as_there_is_no_answer(sockets, kafka):
    sender = await sockets()
    await sender.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfive\r\n")
    assert (await sender.answer())[0] == 400
    assert await sender.rest() == b""


async def test_what_is_no_http_is_a_problem(sockets):
    for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n"):
        sender = await sockets()
        await sender.send(nonsense)
        assert (await sender.answer())[1]["type"] == "urn:redress:problem:malformed-request"


SILENT = {
    "nothing": b"",
    "half a head": HEAD,
    "half a head behind a request": REQUEST + HEAD,
    "half a head with an offer": HEAD + OFFER,
}


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT.keys())
async def test_who_falls_silent_before_the_end_of_a_head_is_disconnected(sockets, sent, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    sender = await sockets()
    await sender.send(sent)
    assert (await sender.rest()).startswith(b"HTTP/1.1 202" if sent.startswith(REQUEST) else b"")


async def test_an_empty_line_behind_an_answer_is_no_reason_to_stay(sockets, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    sender = await sockets()
    await sender.send(REQUEST)
    await sender.answer()
    await sender.send(b"\r\n")
    assert await sender.rest() == b""


async def test_a_head_that_arrives_drop_by_drop_has_no_longer(sockets, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    sender = await sockets()
    await sender.send(HEAD)
    ended = asyncio.create_task(sender.rest())
    while not ended.done():
        with contextlib.suppress(ConnectionError):
            await sender.send(b"a")
        await asyncio.wait([ended], timeout=0.02)
    assert await ended == b""


async def test_an_open_request_is_answered_though_half_a_head_follows_it(sockets, kafka, monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.01)
    released, deadlines = hold_back(kafka, monkeypatch), []
    given_up = connection.Connection._give_up

    def note(self: connection.Connection) -> None:
        deadlines.append(self)
        given_up(self)

    monkeypatch.setattr(connection.Connection, "_give_up", note)
    sender = await sockets()
    await sender.send(REQUEST + HEAD)
    await until(lambda: len(deadlines) == 3)
    released.set()
    assert (await sender.answer())[0] == 202
    assert await sender.rest() == b""


async def test_an_open_request_is_finished_before_the_server_ends(shared, kafka, monkeypatch):
    released = hold_back(kafka, monkeypatch)
    listening = listen("127.0.0.1", 0)
    server = Server(configure(shared[0]))
    serving = asyncio.create_task(server.serve(listening))
    sender = Sender(*await asyncio.open_connection(*listening[0].getsockname()))
    await sender.send(REQUEST)
    await until(lambda: bool(server.server_state.tasks))
    server.end()
    await until(lambda: listening[0].fileno() == -1)
    released.set()
    assert (await sender.answer())[0] == 202
    async with asyncio.timeout(PATIENCE_SECONDS):
        await serving


@pytest.mark.parametrize(
    ("member", "digest"),
    [
        (HttpToolsProtocol.__init__, "4f08999410347141"),
        (HttpToolsProtocol.data_received, "010a7ae59a5d3b1a"),
        (HttpToolsProtocol.on_header, "65d62c044f61fdbd"),
        (HttpToolsProtocol.on_headers_complete, "1ea8589acfad92d8"),
        (HttpToolsProtocol.on_response_complete, "64e254f28e389e76"),
        (RequestResponseCycle.send, "abdd8601b326a8da"),
        (RequestResponseCycle.receive, "8124ae006be71184"),
    ],
    ids=lambda part: getattr(part, "__qualname__", ""),
)
async def test_what_a_connection_relies_on_inside_uvicorn_is_as_it_was(member, digest):
    found = source_digest(member)
    assert found == digest, f"read {member.__qualname__} and services/intake/connection.py again, then write {found}"


async def test_senders_of_half_a_body_do_not_shut_the_door(sockets, kafka, monkeypatch):
    monkeypatch.setattr(admission, "MOST_BYTES_HELD", 20 * admission.REQUEST_BYTES)
    monkeypatch.setattr(upload, "LATE_SECONDS", -1.0)
    slow = [await sockets() for _ in range(40)]
    for sender in slow:
        await sender.send(REQUEST[:-10])
    honest = await sockets()
    await honest.send(REQUEST)
    assert (await honest.answer())[0] == 202
    answers = [(await sender.answer())[1]["type"] for sender in slow[:20]]
    assert answers == ["urn:redress:problem:busy"] * 20


async def test_a_sender_that_reads_no_answers_is_let_go(sockets, kafka, monkeypatch):
    lost = asyncio.Event()
    connection_lost = connection.Connection.connection_lost

    def notice(self, error):
        connection_lost(self, error)
        lost.set()

    monkeypatch.setattr(connection.Connection, "connection_lost", notice)
    monkeypatch.setattr(connection, "READ_SECONDS", 0.01)
    sender = await sockets()
    sender.read_nothing()
    lines = b"{}\n" * 40_000
    head = b"POST /v1/bulk HTTP/1.1\r\nHost: intake\r\nContent-Type: application/x-ndjson\r\n"
    with contextlib.suppress(ConnectionError):
        await sender.send(head + LENGTH % len(lines) + b"\r\n" + lines)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await lost.wait()


async def test_an_answer_to_who_has_gone_is_dropped_and_is_no_fault():
    """uvloop raises where asyncio lets it pass."""
    loop = uvloop.new_event_loop()

    async def leave() -> str:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        transport = ClosingTransport(writer.transport)
        transport.abort()
        await writer.wait_closed()
        with pytest.raises(RuntimeError, match="closed"):
            writer.transport.write(b"an answer")
        transport.write(b"an answer")
        server.close()
        return "dropped"

    assert await asyncio.to_thread(loop.run_until_complete, leave()) == "dropped"
    loop.close()
