"""From records that are published one by one to rounds of them, which share batches and acknowledgements.

A round is what is published in one turn of the event loop. While one is under way the next one gathers: so there are
the fewer rounds a second, and the more records share the cost of one, the more is published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

R = TypeVar("R")

Send = Callable[[Sequence[R]], Awaitable[Sequence[bool]]]
"""Sends a round, in order, and says of each record whether it is kept."""


class Gathering(Generic[R]):
    """Sends one round after the other by ``send``."""

    def __init__(self, send: Send[R]) -> None:
        self._send = send
        self._gathered: list[tuple[R, asyncio.Future[bool]]] = []
        self._under_way: asyncio.Task[None] | None = None

    async def publish(self, record: R) -> bool:
        """Whether the record is kept, once its round is decided."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._gathered.append((record, kept))
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._send_round())
        return await kept

    async def _send_round(self) -> None:
        """What has no answer in the end is not certain, whatever ended the round."""
        round_, self._gathered = self._gathered, []
        certain: Sequence[bool] = [False] * len(round_)
        try:
            certain = await self._send([record for record, _ in round_])
        finally:
            for (_, kept), is_kept in zip(round_, certain, strict=True):
                if not kept.done():  # Its request may have been given up.
                    kept.set_result(is_kept)
            self._under_way = asyncio.create_task(self._send_round()) if self._gathered else None
