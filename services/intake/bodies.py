"""From a request to its body's bytes, decompressed and never more than it may hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.types import Receive, Scope

from schemas.messages import Message
from services.intake.decompression import PIECE, decompress
from services.intake.domain.refusals import Fault, RequestRefused
from services.intake.translation import choose_language
from services.intake.upload import Upload

MOST_BYTES = 512 * 1024
"""The largest body, and the largest line of a bulk body: its event then fits into what a broker takes (1 MiB)."""

MOST_MAIL_BYTES = 25 * 1024 * 1024
"""The largest e-mail, as with most providers. Of attachments only names and sizes are kept."""


class TooLarge(RequestRefused):
    """A body, or a line of it, has more than ``most`` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        super().__init__("too_large", Message("At most {most} bytes are taken, also after decompression", most=most))


class Incoming(Request):
    """A request whose body is read here, and nowhere else."""

    def __init__(self, scope: Scope, receive: Receive, upload: Upload) -> None:
        super().__init__(scope, receive)
        self.upload = upload

    @property
    def language(self) -> str:
        """In which its sender's people want to be answered."""
        return choose_language(self.headers.get("accept-language"))

    async def whole(self, most: int = MOST_BYTES) -> bytes:
        """The body, of at most so many bytes.

        Raises RequestRefused when it is too large, too slow or not what its Content-Encoding says.
        """
        if int(self.headers.get("content-length", "0")) > most:
            raise TooLarge(most)
        body = bytearray()
        async for data in decompress(self._received(), self._encoding()):
            self.upload.hold(len(data))
            body += data
            if len(body) > most:
                raise TooLarge(most)
        return bytes(body)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body in pieces of at most 64 KiB, as they arrive, until the sender goes away. Raises RequestRefused."""
        async for data in decompress(self._received_ahead(), self._encoding()):
            for start in range(0, len(data), PIECE):
                yield data[start : start + PIECE]
                await asyncio.sleep(0)  # A piece may be no work at all, and others wait.

    def require_media_type(self, *allowed: str) -> str:
        """The type that the body says it is of. Raises RequestRefused unless that is an ``allowed`` one."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in allowed:
            detail = Message("send {types}", types=", ".join(allowed))
            raise RequestRefused("unsupported_media_type", detail, Fault("Content-Type", detail, "header"))
        return media_type

    def _encoding(self) -> str:
        return self.headers.get("content-encoding", "identity")

    async def _received(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            part, more = await self.upload.receive()
            yield part

    async def _received_ahead(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            part, more = await self.upload.receive_ahead()
            yield part
