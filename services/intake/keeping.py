"""From accepted events to kept ones: masked, published, acknowledged, counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.intake.bodies import Incoming
from services.intake.domain.arrivals import Accepted
from services.intake.metrics import labelled_accepted
from services.intake.publisher import KafkaAway, Publisher
from services.intake.records import choose_trace, make_record

Mask = Callable[[Accepted], Accepted]


def keep_as_it_is(accepted: Accepted) -> Accepted:
    """Mask nothing."""
    return accepted


class Keeping:
    """Everything that intake keeps goes through here, or through a bulk request: as ``mask`` gives it."""

    def __init__(self, publisher: Publisher, mask: Mask) -> None:
        self._publisher = publisher
        self._mask = mask

    async def keep(self, accepted: Accepted, request: Incoming) -> None:
        """Raises KafkaAway unless it is certainly kept."""
        trace = choose_trace(request.headers.get("traceparent"))
        await self._publisher.publish(make_record(self._mask(accepted), trace))
        labelled_accepted(accepted.channel, accepted.event.type).inc()

    async def keep_all(self, accepted: Sequence[Accepted], request: Incoming) -> None:
        """All of one request, in order; there may be none. Raises KafkaAway unless all are certainly kept."""
        if not accepted:
            return
        trace = choose_trace(request.headers.get("traceparent"))
        kept = await (await self._publisher.publish_all([make_record(self._mask(one), trace) for one in accepted]))
        for one, certain in zip(accepted, kept, strict=True):
            if certain:
                labelled_accepted(one.channel, one.event.type).inc()
        if not all(kept):
            raise KafkaAway
