"""A transport to which may be written after its peer is gone."""

from __future__ import annotations

import asyncio
from typing import Any


class ClosingTransport:
    """Passes everything on, and drops what is written once the transport closes.

    uvloop raises there, where asyncio lets it pass. An answer may begin in the turn of the loop in which its peer goes
    away, and before the protocol hears of it; each such answer would be a fault with a traceback in the log.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send bytes, if anybody may read them."""
        if not self._transport.is_closing():
            self._transport.write(data)
