"""From a request to its body's bytes, decompressed and never more than it may hold."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import zstandard
from starlette.requests import ClientDisconnect, Request

from services.intake.domain.refusals import Fault, RequestRefused

MOST_BYTES = 512 * 1024
"""The largest body, and the largest line of a bulk body: its event then fits into what a broker takes (1 MiB)."""

UPLOAD_SECONDS = 30.0
"""How long a sender may pause in the middle of a body."""

PIECE = 64 * 1024
SLICE = 256
"""Compressed bytes that are expanded at once. Four bytes of zstd can become 128 KiB: so this is at most 8 MiB."""

WINDOW = 8 * 1024 * 1024
"""The memory a zstd frame may ask for: what RFC 8878 wants every decoder to have."""


class Decompressor(Protocol):
    """What zlib's and zstandard's decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the member or frame is complete."""

    @property
    def unused_data(self) -> bytes:
        """What follows it."""

    def decompress(self, data: bytes, /) -> bytes:
        """Expand some more."""


DECOMPRESSORS: dict[str, Callable[[], Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "zstd": lambda: zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj(),
}


class TooLarge(RequestRefused):
    """A body or a line of it is past MOST_BYTES."""

    def __init__(self) -> None:
        super().__init__("too_large", f"At most {MOST_BYTES} bytes are taken, also after decompression")


async def read_body(request: Request) -> bytes:
    """The body. Raises RequestRefused when it is too large, too slow or not what its Content-Encoding says."""
    if int(request.headers.get("content-length", "0")) > MOST_BYTES:
        raise TooLarge
    body = bytearray()
    async for data in _read(request):
        body += data
        if len(body) > MOST_BYTES:
            raise TooLarge
    return bytes(body)


async def read_pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of at most 64 KiB, as they arrive. Raises RequestRefused."""
    async for data in _read(request):
        for start in range(0, len(data), PIECE):
            yield data[start : start + PIECE]


def require_media_type(request: Request, *allowed: str) -> None:
    """Raises RequestRefused unless the body says it is of an ``allowed`` type."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in allowed:
        detail = "send " + " or ".join(allowed)
        raise RequestRefused("unsupported_media_type", detail, Fault("Content-Type", detail, "header"))


def _read(request: Request) -> AsyncIterator[bytes]:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return _receive(request)
    if encoding in DECOMPRESSORS:
        return _expand(_receive(request), DECOMPRESSORS[encoding])
    detail = "send gzip, zstd or no Content-Encoding"
    raise RequestRefused("unsupported_media_type", detail, Fault("Content-Encoding", detail, "header"))


async def _receive(request: Request) -> AsyncIterator[bytes]:
    more = True
    while more:
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                message = await request.receive()
        except TimeoutError:
            raise RequestRefused("upload_timeout", f"Nothing arrived for {UPLOAD_SECONDS:.0f} seconds") from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _expand(received: AsyncIterator[bytes], new: Callable[[], Decompressor]) -> AsyncIterator[bytes]:
    """Members or frames, one after the other. What a slice expands to is gathered, or passed on when it is much."""
    decompressor = new()
    async for data in received:
        gathered = bytearray()
        for start in range(0, len(data), SLICE):
            rest = data[start : start + SLICE]
            while rest:
                if decompressor.eof:
                    decompressor = new()
                try:
                    gathered += decompressor.decompress(rest)
                except (zlib.error, zstandard.ZstdError):
                    raise RequestRefused("malformed_encoding", "It is not what Content-Encoding says") from None
                rest = decompressor.unused_data if decompressor.eof else b""
            if len(gathered) >= PIECE:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered)
    if not decompressor.eof:
        raise RequestRefused("malformed_encoding", "The compressed body ends early")
