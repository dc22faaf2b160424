"""Complaints at an even rate, as intake writes them: ``python -m bench.load RATE SECONDS``.

A complaint's id begins with the microsecond at which it was due to be sent, so that whoever reads what became of it
knows how old it is. What is sent late counts as old: a load that waits with those it loads would flatter them.
"""

from __future__ import annotations

import os
import sys
import time
from random import Random
from uuid import UUID

from confluent_kafka import Producer

from bench.workload import SEED, complaints
from schemas.topics import COMPLAINT_EVENTS

DIFFERENT = 1_000
AHEAD_SECONDS = 1.0
"""From the start until the first is due."""


def main() -> None:
    rate, seconds = float(sys.argv[1]), float(sys.argv[2])
    producer = idempotent_producer()
    random = Random(SEED)
    samples = list({one.key: one for one in complaints(DIFFERENT)}.values())
    started = time.time() + AHEAD_SECONDS
    for number in range(int(rate * seconds)):
        due = started + number / rate
        wait_until(due, producer)
        sample = samples[number % len(samples)]
        key, event_id = id_of(due, random).encode(), str(UUID(int=random.getrandbits(128))).encode()
        value = sample.value.replace(sample.key, key).replace(dict(sample.headers)["ce_id"], event_id)
        producer.produce(COMPLAINT_EVENTS.name, value, key, headers=sample.headers)
    producer.flush()


def idempotent_producer() -> Producer:
    """A producer as intake's, to the brokers that REDRESS_KAFKA names."""
    return Producer(
        {
            "bootstrap.servers": os.environ["REDRESS_KAFKA"],
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "delivery.report.only.error": True,
        }
    )


def wait_until(due: float, producer: Producer) -> None:
    """Wait for an instant in seconds since 1970, if it has not passed, once the producer has heard its reports."""
    if (early := due - time.time()) > 0:
        producer.poll(0)
        time.sleep(early)


def id_of(instant: float, random: Random) -> str:
    """A complaint's id that says when it was due to be sent, in seconds since 1970."""
    return str(UUID(int=int(instant * 1_000_000) << 64 | random.getrandbits(64)))


def instant_of(complaint_id: str) -> float:
    """The instant in such an id."""
    return (UUID(complaint_id).int >> 64) / 1_000_000


if __name__ == "__main__":
    main()
