"""Who does the small job."""

from __future__ import annotations

from bench.peers import EXACTLY_ONCE, NO_TABLE, Peer, python

SMALL_BARE = Peer("bare confluent-kafka loop", NO_TABLE, "bench-small-bare", python("bench.small.bare"))
SMALL_KAFKA_STREAMS = tuple(
    Peer(
        f"Kafka Streams {guarantee}, {keeps}",
        says,
        "",
        python("bench.kafka_streams", "small", guarantee, store),
        warms_up=True,
    )
    for guarantee, says, store, keeps in (
        ("at_least_once", "at least once", "none", "no store"),
        ("exactly_once_v2", "exactly once", "memory", "in-memory store"),
    )
)
SMALL_REDRESS = Peer("Redress's runtime", EXACTLY_ONCE, "redress-bench", python("bench.small.worker"))
SMALL_PEERS = (SMALL_BARE, *SMALL_KAFKA_STREAMS, SMALL_REDRESS)
