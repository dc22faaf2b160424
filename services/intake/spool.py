"""Bytes in, the same bytes out in order: for a client that reads its answer only after it has sent everything.

Most HTTP clients do that. If results waited in the connection, both sides would wait for each other for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile

IN_MEMORY = 1024 * 1024
ON_DISK = 256 * 1024 * 1024
"""The results of about a million lines. A client that sends more must read while it sends."""

BLOCK = 64 * 1024


class Spool:
    """Memory first, then an unnamed file, which is emptied whenever its reader has caught up."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - blocks() closes it
        self._written = 0
        self._read = 0
        self._closed = False
        self._changed = asyncio.Condition()

    async def write(self, data: bytes) -> None:
        """Add ``data``; wait for the reader where the file is full."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._written < ON_DISK)
            self._file.seek(self._written)
            self._file.write(data)
            self._written += len(data)
            self._changed.notify_all()

    async def close(self) -> None:
        """Nothing more will be written."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def blocks(self) -> AsyncIterator[bytes]:
        """What was written, as it is written, until it is closed."""
        with self._file:
            while block := await self._next():
                yield block

    async def _next(self) -> bytes:
        async with self._changed:
            await self._changed.wait_for(lambda: self._read < self._written or self._closed)
            self._file.seek(self._read)
            block = self._file.read(BLOCK)
            self._read += len(block)
            if self._read == self._written:
                self._file.seek(0)
                self._file.truncate()
                self._read = self._written = 0
                self._changed.notify_all()
            return block
