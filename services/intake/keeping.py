"""From accepted events to kept ones: masked, encrypted, published, acknowledged, counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

from services.intake.bodies import Incoming
from services.intake.domain.arrivals import Accepted
from services.intake.encrypting import Encrypting
from services.intake.metrics import count_accepted
from services.intake.publisher import KafkaAway, Publisher, Record
from services.intake.records import choose_trace

Mask = Callable[[Accepted], Accepted]

LONG_CHARACTERS = 20_000
"""Of what people wrote, in one call: more is masked beside the event loop, since an enemy's 512 KiB take a second."""


def keep_as_it_is(accepted: Accepted) -> Accepted:
    """Mask nothing."""
    return accepted


class Keeping:
    """Everything that intake keeps goes through here: as ``mask`` gives it, and then as ``encrypting`` does."""

    def __init__(self, publisher: Publisher, mask: Mask, encrypting: Encrypting) -> None:
        self._publisher = publisher
        self._mask = mask
        self._encrypting = encrypting

    async def keep(self, accepted: Accepted, request: Incoming) -> None:
        """Raises KafkaAway unless it is certainly kept."""
        trace = choose_trace(request.headers.get("traceparent"))
        (records,) = await self._make_records([accepted], trace)
        await self._publisher.publish(*records)
        count_accepted(accepted)

    async def keep_all(self, accepted: Sequence[Accepted], request: Incoming) -> None:
        """All of one request, in order; there may be none. Raises KafkaAway unless all are certainly kept."""
        if not accepted:
            return
        kept = await (await self.submit(accepted, choose_trace(request.headers.get("traceparent"))))
        for one, certain in zip(accepted, kept, strict=True):
            if certain:
                count_accepted(one)
        if not all(kept):
            raise KafkaAway

    async def submit(self, accepted: Sequence[Accepted], trace: bytes) -> Awaitable[list[bool]]:
        """Hand them on, in order; the answer says of each, in time, whether it is kept. Counts nothing."""
        records_of = await self._make_records(accepted, trace)
        kept = await self._publisher.publish_all([record for records in records_of for record in records])

        async def combine() -> list[bool]:
            certain = iter(await kept)
            return [all([*islice(certain, len(records))]) for records in records_of]

        return asyncio.create_task(combine())

    async def _make_records(self, accepted: Sequence[Accepted], trace: bytes) -> list[list[Record]]:
        """The records of each."""
        if self._mask is not keep_as_it_is and sum(map(_count_characters, accepted)) > LONG_CHARACTERS:
            return await asyncio.to_thread(self._make_records_at_once, accepted, trace)
        return self._make_records_at_once(accepted, trace)

    def _make_records_at_once(self, accepted: Sequence[Accepted], trace: bytes) -> list[list[Record]]:
        return [self._encrypting.make_records(self._mask(one), trace) for one in accepted]


def _count_characters(accepted: Accepted) -> int:
    personal = getattr(accepted.event, "personal", None)
    written = vars(personal).values() if personal is not None else ()
    attributes = getattr(personal, "attributes", {})
    return sum(len(one) for one in (*written, *attributes.values()) if isinstance(one, str))
