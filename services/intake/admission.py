"""How much all open requests may hold in memory; whoever sends slowest makes room for the next one.

A count of requests alone would let some hundred senders of half a body shut the door to all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from services.intake.domain.refusals import RequestRefused

MOST_BYTES_HELD = 64 * 1024 * 1024
"""Of all bodies together, with REQUEST_BYTES for each request."""

REQUEST_BYTES = 16 * 1024
"""What a request holds beside its body: its task, head and buffers (measured: 11 to 14 KiB)."""

MOST_BULK = 64
"""A bulk request holds a few windows of lines and a spool where another holds one body."""


class Holder(Protocol):
    """An open request."""

    bulk: bool
    held: int
    """Bytes."""

    def seconds_late(self) -> float:
        """How long it has made us wait beyond what its bytes allow for; 0 or less where it does not."""

    def make_room(self) -> None:
        """Be refused, instead of one who is not late."""


class Admission:
    """All open requests. Where there is no room the latest is refused, and else the new one, with ``busy``."""

    def __init__(self) -> None:
        self._open: set[Holder] = set()
        self._held = 0

    def enter(self, request: Holder) -> None:
        """A request begins. Raises RequestRefused where there is no room for one more."""
        self._open.add(request)
        try:
            self.hold(request, REQUEST_BYTES)
        except RequestRefused:
            self.leave(request)
            raise

    def hold(self, request: Holder, more: int) -> None:
        """A request holds some more bytes. Raises RequestRefused where there is no room for them."""
        if request not in self._open:  # It has made room, and will hear of it.
            return
        request.held += more
        self._held += more
        while self._held > MOST_BYTES_HELD:
            self._refuse_one(self._open)

    def enter_bulk(self, request: Holder) -> None:
        """A request is a bulk request. Raises RequestRefused where there is no room for one more."""
        request.bulk = True
        bulk = {one for one in self._open if one.bulk}
        if len(bulk) > MOST_BULK:
            self._refuse_one(bulk)

    def leave(self, request: Holder) -> None:
        """A request has ended; once more is no error."""
        if request in self._open:
            self._open.remove(request)
            self._held -= request.held

    def _refuse_one(self, requests: Iterable[Holder]) -> None:
        latest = max(requests, key=lambda one: one.seconds_late())
        if latest.seconds_late() <= 0:
            raise RequestRefused("busy", "Too many requests are open; send it again")
        self.leave(latest)
        latest.make_room()
