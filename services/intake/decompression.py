"""From a body's bytes as they were sent to what they expand to, piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import zstandard

from schemas.messages import Message
from services.intake.domain.refusals import Fault, RequestRefused

PIECE = 64 * 1024
SLICE = 256
"""Compressed bytes that are expanded at once. Four bytes of zstd can become 128 KiB: so this is at most 8 MiB."""

WINDOW = 8 * 1024 * 1024
"""The memory a zstd frame may ask for: what RFC 8878 wants every decoder to have."""

ANY_GROWTH = 4 * 1024 * 1024
MOST_GROWTH = 200
"""A body may expand to ANY_GROWTH, and beyond to so many times the bytes that came.

JSON lines that are much alike expand to 20 to 60 times as much, newlines alone to a thousand times (zlib's limit).
"""


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


def decompress(received: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """What ``received`` expands to, by its Content-Encoding. Raises RequestRefused, some of it while it is read."""
    coding = encoding.strip().lower()
    if coding == "identity":
        return received
    if coding in DECOMPRESSORS:
        return _expand(received, DECOMPRESSORS[coding])
    detail = "send gzip, zstd or no Content-Encoding"
    raise RequestRefused("unsupported_media_type", detail, Fault("Content-Encoding", detail, "header"))


async def _expand(received: AsyncIterator[bytes], new: Callable[[], Decompressor]) -> AsyncIterator[bytes]:
    """Members or frames, one after the other. What a slice expands to is gathered, or passed on when it is much."""
    decompressor = new()
    room = ANY_GROWTH
    async for data in received:
        gathered = bytearray()
        for start in range(0, len(data), SLICE):
            rest = data[start : start + SLICE]
            room += MOST_GROWTH * len(rest)
            before = len(gathered)
            while rest:
                if decompressor.eof:
                    decompressor = new()
                try:
                    gathered += decompressor.decompress(rest)
                except (zlib.error, zstandard.ZstdError):
                    raise RequestRefused("malformed_encoding", "It is not what Content-Encoding says") from None
                rest = decompressor.unused_data if decompressor.eof else b""
            room -= len(gathered) - before
            if room < 0:
                raise RequestRefused(
                    "too_large", Message("It expands to more than {most} times what was sent", most=MOST_GROWTH)
                )
            if len(gathered) >= PIECE:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered)
    if not decompressor.eof:
        raise RequestRefused("malformed_encoding", "The compressed body ends early")
