"""From the records of a compacted topic to the last event of each key, as Kafka Streams' KTable holds it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from schemas.primitives import Event

E = TypeVar("E", bound=Event)


class LatestByKey(Generic[E]):
    """The last event of each key.

    Add every record of the topic, each partition's in its order. Partitions may be mixed in any way: a key is always in
    the same one. A reader may go back and read records again; once it has come to the end again, the view is the same.
    Kafka removes tombstones after a while (``delete.retention.ms``, a day by default): a reader that was away for
    longer must begin with an empty view.

    >>> queue = LatestByKey[QueueItem]()
    >>> queue.add(record.key.decode(), None if record.value is None else topic.codec.decode(record.value))
    """

    def __init__(self) -> None:
        self._latest: dict[str, E] = {}

    def add(self, key: str, event: E | None) -> None:
        """Take in one record. None is a tombstone: it removes the key."""
        if event is None:
            self._latest.pop(key, None)
        else:
            self._latest[key] = event

    @property
    def by_key(self) -> Mapping[str, E]:
        """The last event of each key that has no tombstone; read only, and it follows what is added."""
        return MappingProxyType(self._latest)
