"""A bare aiokafka loop, at least once: ``python -m bench.aiokafka_loop``, until it is killed.

As aiokafka's documentation writes a consumer with manual commits: getmany, send, and a commit of what is delivered.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.job import outputs, shipped_ruleset
from bench.peers import AIOKAFKA
from schemas.topics import COMPLAINT_EVENTS

BATCH = 1_000
COMMIT_SECONDS = 1.0


async def main() -> None:
    servers = os.environ["REDRESS_KAFKA"]
    async with (
        AIOKafkaConsumer(
            COMPLAINT_EVENTS.name,
            bootstrap_servers=servers,
            group_id=AIOKAFKA.group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        ) as consumer,
        AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20) as producer,
    ):
        await _route(consumer, producer)


async def _route(consumer: Any, producer: Any) -> None:
    ruleset, decode = shipped_ruleset(), COMPLAINT_EVENTS.codec.decode
    seen: set[str] = set()
    committed_at, deliveries = monotonic(), []
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        recorded_at = datetime.now(UTC)
        timestamp = int(recorded_at.timestamp() * 1000)
        for message in (message for batch in batches.values() for message in batch):
            event = decode(message.value)
            if event.event_id in seen:
                continue
            seen.add(event.event_id)
            for topic, value, headers in outputs(event, message.headers, ruleset, recorded_at):
                sent = await producer.send(topic, value, message.key, timestamp_ms=timestamp, headers=headers)
                deliveries.append(sent)
        if deliveries and monotonic() - committed_at > COMMIT_SECONDS:
            await asyncio.gather(*deliveries)
            await consumer.commit()
            committed_at, deliveries = monotonic(), []


if __name__ == "__main__":
    asyncio.run(main())
