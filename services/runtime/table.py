"""The rows of one partition of one stage: bytes by key, what changed since the last transaction, what is due.

A stored row is eight bytes of due instant (milliseconds since 1970, big-endian, NEVER for none) and the body,
so that the due index is rebuilt on recovery without decoding a body. An entry of the index is such a due instant and
the key: bytes are in the order of time, and cost less to compare and to keep than a million tuples.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from struct import Struct

HEADER = Struct(">Q")
HEADER_SIZE = HEADER.size
NEVER = (1 << 63) - 1
NEVER_DUE = HEADER.pack(NEVER)
RUNTIME_PREFIX = b"\x00"
"""Rows of the runtime itself (a clock) have keys that begin so; no text key can."""


class Table:
    """One partition's rows in memory, and their index by due instant."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.changed: dict[bytes, bytes | None] = {}
        self._due: list[bytes] = []

    def get(self, key: bytes) -> bytes | None:
        """The body under ``key``."""
        row = self.rows.get(key)
        return None if row is None else row[HEADER_SIZE:]

    def put(self, key: bytes, body: bytes, due: int = NEVER) -> None:
        """Store ``body``, due at ``due`` milliseconds since 1970."""
        header = HEADER.pack(due)
        if due != NEVER:
            before = self.rows.get(key)
            if before is None or not before.startswith(header):
                heappush(self._due, header + key)
        self.rows[key] = self.changed[key] = header + body

    def delete(self, key: bytes) -> None:
        """Remove what stands under ``key``, if anything does."""
        if self.rows.pop(key, None) is not None:
            self.changed[key] = None

    def take_changed(self) -> dict[bytes, bytes | None]:
        """The rows changed since the last call: what the next transaction writes to the changelog."""
        changed, self.changed = self.changed, {}
        return changed

    def recover(self, key: bytes, row: bytes | None) -> None:
        """Apply one changelog record."""
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row

    def recovered(self) -> None:
        """Build the due index, once all changelog records are applied."""
        self._due = [
            row[:HEADER_SIZE] + key
            for key, row in self.rows.items()
            if not (row.startswith(NEVER_DUE) or key.startswith(RUNTIME_PREFIX))
        ]
        heapify(self._due)

    def pop_due(self, now: int) -> Iterator[tuple[bytes, int]]:
        """Keys due at or before ``now`` and when, soonest first, each entry once; work grows with what is due only."""
        after = HEADER.pack(now + 1)
        while self._due and self._due[0] < after:
            entry = heappop(self._due)
            while self._due and self._due[0] == entry:  # put away from this instant and back again
                heappop(self._due)
            key = entry[HEADER_SIZE:]
            row = self.rows.get(key)
            if row is not None and row.startswith(entry[:HEADER_SIZE]):
                yield key, HEADER.unpack_from(entry)[0]

    @property
    def next_due(self) -> int:
        """The earliest due instant in the index, NEVER for none. No row may be due then any more."""
        return HEADER.unpack_from(self._due[0])[0] if self._due else NEVER

    def overdue(self, now: int) -> int:
        """How many rows are due at or before ``now``. A heap's roots come first: what is not due is not looked at."""
        after, due, found, places = HEADER.pack(now + 1), self._due, set(), [0]
        while places:
            place = places.pop()
            if place < len(due) and due[place] < after:
                entry = due[place]
                row = self.rows.get(entry[HEADER_SIZE:])
                if row is not None and row.startswith(entry[:HEADER_SIZE]):
                    found.add(entry)
                places += (2 * place + 1, 2 * place + 2)
        return len(found)

    def __len__(self) -> int:
        return len(self.rows)
