"""The small job in a bare confluent-kafka loop, at least once: ``python -m bench.small.bare``."""

from __future__ import annotations

from time import monotonic

from bench.bare import BATCH, COMMIT_SECONDS, clients
from bench.small.job import DECIDED, SOURCE, decided
from bench.small.peers import SMALL_BARE
from schemas.codec import encode


def main() -> None:
    consumer, producer = clients(SMALL_BARE.group)
    consumer.subscribe([SOURCE.name])
    committed_at, uncommitted = monotonic(), False
    while True:
        messages = consumer.consume(BATCH, timeout=0.2)
        for message in messages:
            decision = decided(SOURCE.codec.decode(message.value()))
            producer.produce(DECIDED.name, encode(decision), message.key())
        producer.poll(0)
        uncommitted = uncommitted or bool(messages)
        if uncommitted and monotonic() - committed_at > COMMIT_SECONDS:
            producer.flush()
            consumer.commit(asynchronous=False)
            committed_at, uncommitted = monotonic(), False


if __name__ == "__main__":
    main()
