"""A bare confluent-kafka loop, at least once: ``python -m bench.bare``, until it is killed.

The least that does the job: what has been seen is a set in memory, gone with the process.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NoReturn

from confluent_kafka import Consumer, KafkaException, Producer

from bench.job import outputs, shipped_ruleset
from bench.peers import BARE
from schemas.topics import COMPLAINT_EVENTS

BATCH = 1_000
COMMIT_SECONDS = 1.0


def main() -> None:
    ruleset = shipped_ruleset()
    decode = COMPLAINT_EVENTS.codec.decode
    seen: set[str] = set()
    consumer, producer = clients(BARE.group)
    consumer.subscribe([COMPLAINT_EVENTS.name])
    committed_at, uncommitted = monotonic(), False
    while True:
        messages = consumer.consume(BATCH, timeout=0.2)
        recorded_at = datetime.now(UTC)
        timestamp = int(recorded_at.timestamp() * 1000)
        for message in messages:
            event = decode(message.value())
            if event.event_id in seen:
                continue
            seen.add(event.event_id)
            for topic, value, headers in outputs(event, message.headers(), ruleset, recorded_at):
                producer.produce(topic, value, message.key(), timestamp=timestamp, headers=headers)
            producer.poll(0)
        uncommitted = uncommitted or bool(messages)
        if uncommitted and monotonic() - committed_at > COMMIT_SECONDS:
            producer.flush()
            consumer.commit(asynchronous=False)
            committed_at, uncommitted = monotonic(), False


def clients(group: str) -> tuple[Consumer, Producer]:
    """A consumer that commits when it is told to, and a producer; for the small job's loop too."""
    servers = os.environ["REDRESS_KAFKA"]
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "partitioner": "murmur2_random",
            "linger.ms": 20,
            "delivery.report.only.error": True,
            "on_delivery": _undelivered,
        }
    )
    return consumer, producer


def _undelivered(error: Any, _: Any) -> NoReturn:
    """End the loop: what was not delivered must not be committed."""
    raise KafkaException(error)


if __name__ == "__main__":
    main()
