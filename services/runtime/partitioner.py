"""Kafka's own partition of a key: murmur2 as in the Java client, the one that all who publish must use."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
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


def partitions_of(keys: Sequence[bytes], partitions: int) -> list[int]:
    """``partition_of`` each of ``keys``, which all have one length.

    All at once, on long integers with 64 bits for each key: for some hundred keys a fifth of the cost.
    """
    words, tail = divmod(len(keys[0]), 4)
    ones = _side_by_side([1] * len(keys))
    mask, low_byte = ones * MASK, ones * 0xFF
    hashed = ones * (SEED ^ len(keys[0]))
    text = memoryview(b"".join(key[: words * 4] for key in keys)).cast("I")
    for place in range(words):
        word = _side_by_side(text[place::words]) * MULTIPLIER & mask
        hashed = (hashed * MULTIPLIER ^ (word ^ word >> 24 & low_byte) * MULTIPLIER) & mask
    if tail:
        hashed ^= _side_by_side(int.from_bytes(key[-tail:], "little") for key in keys)
        hashed = hashed * MULTIPLIER & mask
    hashed = (hashed ^ hashed >> 13 & ones * (MASK >> 13)) * MULTIPLIER & mask
    hashed ^= hashed >> 15 & ones * (MASK >> 15)
    return [(one & 0x7FFFFFFF) % partitions for one in memoryview(hashed.to_bytes(8 * len(keys), "little")).cast("Q")]


def _side_by_side(numbers: Iterable[int]) -> int:
    return int.from_bytes(array("Q", numbers).tobytes(), "little")
