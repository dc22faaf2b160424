"""FastStream as its documentation teaches, at least once: ``python -m bench.faststream_app``, until it is killed.

A subscriber of batches, acknowledged when its handler returns; what it publishes is awaited before. One message a
call would be one commit a message.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.job import outputs, shipped_ruleset
from bench.peers import FASTSTREAM
from schemas.topics import COMPLAINT_EVENTS

BATCH = 1_000

ruleset = shipped_ruleset()
broker = KafkaBroker(os.environ["REDRESS_KAFKA"], linger_ms=20)
app = FastStream(broker)
seen: set[str] = set()


async def decoded(message: KafkaMessage) -> list[Any]:
    return [COMPLAINT_EVENTS.codec.decode(record.value) for record in message.raw_message]


@broker.subscriber(
    COMPLAINT_EVENTS.name,
    group_id=FASTSTREAM.group,
    auto_offset_reset="earliest",
    batch=True,
    max_records=BATCH,
    ack_policy=AckPolicy.NACK_ON_ERROR,
    decoder=decoded,
)
async def route(complaints: list[Any], message: KafkaMessage) -> None:
    recorded_at = datetime.now(UTC)
    timestamp = int(recorded_at.timestamp() * 1000)
    deliveries = []
    for complaint, record in zip(complaints, message.raw_message, strict=True):
        if complaint.event_id in seen:
            continue
        seen.add(complaint.event_id)
        for topic, value, headers in outputs(complaint, record.headers, ruleset, recorded_at):
            texts = {name: text.decode() for name, text in headers}
            deliveries.append(
                await broker.publish(
                    value, topic, key=record.key, headers=texts, timestamp_ms=timestamp, no_confirm=True
                )
            )
    await asyncio.gather(*deliveries)


if __name__ == "__main__":
    asyncio.run(app.run())
