"""From a connection's bytes to requests, within bounds: uvicorn itself waits for ever for a head without end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import httptools
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from schemas.messages import Message
from services.intake.closing_transport import ClosingTransport
from services.intake.domain.refusals import RequestRefused
from services.intake.problems import respond
from services.intake.upgrade_offers import UpgradeOffersIgnored

HEAD_BYTES = 32 * 1024
"""The longest request line with its headers. Trailers count as headers."""

HEAD_SECONDS = 10.0
"""How long a connection may take over a request's head, while it waits for no answer."""

READ_SECONDS = 30.0
"""How long a sender may take to read 48 KiB of an answer (asyncio's buffer), once its request is complete."""


class Connection(UpgradeOffersIgnored):
    """One connection. A head that is too long or malformed is answered with a problem, and the connection closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self.transport = ClosingTransport(transport)  # type: ignore[assignment]
        self._head_bytes = 0  # Of what the parser has told of the request at hand.
        self._uncounted = 0  # Bytes that came since it last told something other than a part of a head.
        self._in_head = False
        self._refused = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._bound_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """End whatever waits for it."""
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The answer is not read as fast as it comes."""
        super().pause_writing()
        self._bound_reading()

    def resume_writing(self) -> None:
        """Enough of it was read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._refused:  # It is read, so that the sender's system does not drop the answer with the connection.
            return
        self._unset_keepalive_if_required()
        self._uncounted += len(data)
        try:
            self.feed(data)
        except httptools.HttpParserError:
            self._refuse()
            return
        if self._uncounted > HEAD_BYTES:
            self._refuse()
        else:
            self._bound_waiting()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._head_bytes = 0
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Some of the request's target."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or a trailer, which is dropped: what comes after the body is no part of the head."""
        self._count(len(name) + len(value))
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._in_head = False
        self._uncounted = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._uncounted = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._uncounted = 0
        super().on_message_complete()
        self._bound_reading()

    def _bound_reading(self) -> None:
        """A client may send all before it reads anything; from then on it has to read."""
        if self.flow.write_paused and self._unread is None and not (self.cycle and self.cycle.more_body):
            self._unread = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            raise httptools.HttpParserError

    def _refuse(self) -> None:
        """Answer, and read no more. Where another answer is under way there is no place for this one."""
        self._refused = True
        if self._awaits_answer():
            if self.pipeline or self.cycle.response_started or not self.cycle.more_body:
                self.transport.close()
                return
            self.cycle.disconnected = self.cycle.response_complete = True  # For the call that reads the body.
            self.cycle.message_event.set()
        if max(self._head_bytes, self._uncounted) > HEAD_BYTES:
            refused = RequestRefused(
                "head_too_large", Message("At most {most} bytes of request line and headers", most=HEAD_BYTES)
            )
        else:
            refused = RequestRefused("malformed_request", "It is not what RFC 9112 calls a request")
        self.transport.write(_render(respond(refused), self.server_state.default_headers))
        self.transport.write_eof()
        self._bound_waiting()

    def _awaits_answer(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _bound_waiting(self) -> None:
        """Have a deadline exactly while it is the sender's turn."""
        if self._in_head or self._refused or not self._awaits_answer():
            if self._deadline is None:
                self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)
        elif self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._awaits_answer():  # Half a head behind a request that is still open: that one first.
            self._bound_waiting()
        else:
            self.transport.close()


def _render(response: Response, default_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    headers = [b"%b: %b\r\n" % header for header in (*default_headers, *response.raw_headers)]
    return STATUS_LINE[response.status_code] + b"".join(headers) + b"connection: close\r\n\r\n" + bytes(response.body)
