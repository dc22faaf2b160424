"""From several accepted events of one request to all of them kept, or an answer that says to send it again."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.bodies import Incoming
from services.intake.domain.arrivals import Accepted
from services.intake.metrics import labelled_accepted
from services.intake.publisher import KafkaAway, Publisher
from services.intake.records import choose_trace, make_record


async def keep_all(accepted: Sequence[Accepted], request: Incoming, publisher: Publisher) -> None:
    """Publish them in order, and count those that are kept. Raises KafkaAway unless all are."""
    if not accepted:
        return
    trace = choose_trace(request.headers.get("traceparent"))
    kept = await (await publisher.publish_all([make_record(one, trace) for one in accepted]))
    for one, certain in zip(accepted, kept, strict=True):
        if certain:
            labelled_accepted(one.channel, one.event.type).inc()
    if not all(kept):
        raise KafkaAway
