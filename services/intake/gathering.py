"""From records that are published one by one to rounds of them, which share batches and acknowledgements.

A round is what is published in one turn of the event loop. While one is under way the next one gathers: so there are
the fewer rounds a second, and the more records share the cost of one, the more is published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

R = TypeVar("R")

Send = Callable[[Sequence[R]], Awaitable[Sequence[bool]]]
"""Sends a round, in order, and says of each record whether it is kept."""


class Gathering(Generic[R]):
    """Sends one round after the other by ``send``."""

    def __init__(self, send: Send[R]) -> None:
        self._send = send
        self._gathered: list[tuple[tuple[R, ...], asyncio.Future[bool]]] = []
        self._under_way: asyncio.Task[None] | None = None

    async def publish(self, *records: R) -> bool:
        """Whether all of these records are kept, once their round is decided."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._gathered.append((records, kept))
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._send_round())
        return await kept

    async def _send_round(self) -> None:
        """What has no answer in the end is not certain, whatever ended the round."""
        round_, self._gathered = self._gathered, []
        together = [record for records, _ in round_ for record in records]
        certain: Sequence[bool] = [False] * len(together)
        try:
            certain = await self._send(together)
        finally:
            answers = iter(certain)
            for records, kept in round_:
                are_kept = all([*islice(answers, len(records))])
                if not kept.done():  # Its request may have been given up.
                    kept.set_result(are_kept)
            self._under_way = asyncio.create_task(self._send_round()) if self._gathered else None
