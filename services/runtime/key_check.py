"""Whether a record stands under its own key and in that key's partition: elsewhere it would get a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.topics import Topic
from services.runtime.partitioner import partitions_of
from services.runtime.processor import Record, Unprocessable
from services.runtime.table import Table


class KeyCheck:
    """The check for one partition of one stage. A key with a row in ``table`` is known to be at home."""

    def __init__(self, table: Table, partition: int, partitions: int) -> None:
        self._table = table
        self._partition = partition
        self._partitions = partitions
        self._misrouted: set[bytes] = set()

    def begin(self, records: Sequence[Record]) -> None:
        """Find the keys of a record batch that belong to another partition, all at once."""
        rows = self._table.rows
        by_length: dict[int, set[bytes]] = {}
        for record in records:
            key = record.key
            if key is not None and key not in rows:
                by_length.setdefault(len(key), set()).add(key)
        self._misrouted = set()
        for keys in map(list, by_length.values()):
            homes = partitions_of(keys, self._partitions)
            self._misrouted.update(key for key, home in zip(keys, homes, strict=True) if home != self._partition)

    def check(self, topic: Topic[Any], key: bytes | None, event: Any) -> None:
        """Raise Unprocessable for an event under another's key, or from a producer with another partitioner."""
        if len(topic.key) == 1:  # a key of several fields is made by the one service that reads it, too
            (field,) = topic.key
            if key is None or getattr(event, field).encode() != key:
                raise Unprocessable("wrong_key", f"the record's key must be its {field}, as plain text")
        if key in self._misrouted and key not in self._table.rows:
            raise Unprocessable("wrong_partition", "publish with murmur2, Kafka's own partitioner")
