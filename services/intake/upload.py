"""One request's body as it arrives: its messages out, or a refusal of a sender that is too slow.

A sender may be silent for PAUSE_SECONDS. In all it may make us wait for GRACE_SECONDS, and for a second more with each
SLOWEST bytes that came (as Apache's mod_reqtimeout does): so a body has an end, and a long one may still take its time.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.types import Message as AsgiMessage
from starlette.types import Receive

from schemas.messages import Message
from services.intake.admission import Admission
from services.intake.domain.refusals import RequestRefused

PAUSE_SECONDS = 30.0
GRACE_SECONDS = 20.0
SLOWEST = 4096
"""Bytes a second. The largest body of a single call, 512 KiB, takes two and a half minutes at most."""

LATE_SECONDS = 2.0
"""From when on a sender makes room for others: the same reckoning, with less of a grace."""

DISCONNECT = "http.disconnect"


class Upload:
    """Holds its request's place in the admission from ``enter`` to the end of its block."""

    def __init__(self, receive: Receive, admission: Admission) -> None:
        self.bulk = False
        self.held = 0
        self._receive = receive
        self._admission = admission
        self._clock = asyncio.get_running_loop().time
        self._received = 0
        self._waited = 0.0
        self._waits_since: float | None = None
        self._deadline: asyncio.Timeout | None = None
        self._must_make_room = False
        self._ahead: asyncio.Task[AsgiMessage] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._admission.leave(self)
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.wait([self._ahead])

    def enter(self) -> None:
        """Take the request's place. Raises RequestRefused where there is none."""
        self._admission.enter(self)

    @property
    def left(self) -> bool:
        """Whether the sender went away, as far as a body that is read ahead can tell."""
        ahead = self._ahead
        return ahead is not None and ahead.done() and not ahead.exception() and ahead.result()["type"] == DISCONNECT

    def hold(self, more: int) -> None:
        """Some more bytes of this body wait in memory. Raises RequestRefused where there is no room for them."""
        self._admission.hold(self, more)

    def seconds_late(self) -> float:
        """How long it has made us wait beyond LATE_SECONDS and what its bytes allow for."""
        if self._waits_since is None:
            return 0.0
        return self._waited_in_all() - LATE_SECONDS - self._received / SLOWEST

    def make_room(self) -> None:
        """End the wait with a refusal."""
        self._must_make_room = True
        if self._deadline is not None:
            self._deadline.reschedule(self._clock())

    async def receive(self) -> tuple[bytes, bool]:
        """The next part of the body, and whether more follow. Raises RequestRefused and ClientDisconnect."""
        return _read(await self._next())

    async def receive_ahead(self) -> tuple[bytes, bool]:
        """The same, with an eye on the sender while the part is worked at: ``left``. For a body that takes long."""
        message = await (self._next() if self._ahead is None else self._ahead)
        part, more = _read(message)
        self._ahead = asyncio.create_task(self._next() if more else self._until_left())
        self._ahead.add_done_callback(_take_error)
        return part, more

    async def _next(self) -> AsgiMessage:
        """The next message; only the time that it takes counts as the sender's."""
        if self._must_make_room:
            raise _no_room()
        self._waits_since = self._clock()
        patience = GRACE_SECONDS + self._received / SLOWEST - self._waited
        try:
            async with asyncio.timeout(min(PAUSE_SECONDS, patience)) as self._deadline:
                message = await self._receive()
        except TimeoutError:
            if self._must_make_room:
                raise _no_room() from None
            detail = Message(
                "It may pause for {seconds} seconds, and comes with {bytes} bytes a second at least",
                seconds=int(PAUSE_SECONDS),
                bytes=SLOWEST,
            )
            raise RequestRefused("upload_timeout", detail) from None
        finally:
            self._waited = self._waited_in_all()
            self._waits_since = self._deadline = None
        self._received += len(message.get("body", b""))
        return message

    async def _until_left(self) -> AsgiMessage:
        """The message that says that the sender went away, however long that takes: the body is complete."""
        return await self._receive()

    def _waited_in_all(self) -> float:
        return self._waited + (self._clock() - self._waits_since if self._waits_since is not None else 0.0)


def _read(message: AsgiMessage) -> tuple[bytes, bool]:
    if message["type"] == DISCONNECT:
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


def _no_room() -> RequestRefused:
    return RequestRefused("busy", "Too many requests are open, and this one came slowly; send it again")


def _take_error(ahead: asyncio.Task[AsgiMessage]) -> None:
    """A refusal is raised where the next part is asked for, or by nobody."""
    if not ahead.cancelled():
        ahead.exception()
