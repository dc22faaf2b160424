"""A read_committed reader beside a load: topics in; each complaint's first record in each, and when it came, out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from confluent_kafka import Consumer, KafkaException, TopicPartition

from bench.cluster import Place
from bench.day.seen import OUTPUTS, Seen
from bench.running import Bench
from schemas.topics import COMPLAINT_EVENTS

POLL_SECONDS = 0.1


@contextmanager
def observed(bench: Bench) -> Iterator[Seen]:
    """What comes to complaint-events and to the outputs while the block runs; whoever waits in it asks ``has``.

    The broker holds a fetch back until there is a record, so a reader that waits long sees a record no later than one
    that asks often. Raises KafkaException at the end of the block.
    """
    ends = bench.cluster.ends([COMPLAINT_EVENTS.name, *OUTPUTS])
    seen = Seen()
    ended = Event()
    with ThreadPoolExecutor(1) as executor:
        reading = executor.submit(_read, bench.environment["REDRESS_KAFKA"], ends, seen, ended)
        try:
            yield seen
        finally:
            ended.set()
        reading.result()


def _read(kafka: str, ends: dict[Place, int], seen: Seen, ended: Event) -> None:
    reader = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "bench-day",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    reader.assign([TopicPartition(*place, end) for place, end in ends.items()])
    while not ended.is_set():
        message = reader.poll(POLL_SECONDS)
        if message is None:
            continue
        now = time.time()
        if message.error() is not None:
            raise KafkaException(message.error())
        if message.topic() == COMPLAINT_EVENTS.name:
            seen.accepted.setdefault(message.key(), message.timestamp()[1] / 1_000)
        else:
            seen.visible[message.topic()].setdefault(message.key(), now)
    reader.close()
