"""Sources that wait for an operator: a bad record or an operator's word in, whether its source goes on out.

A source past its limit of dead letters pauses. The pause is a row of the partition's table, so that no restart and
no other owner lets the source go on; only ``redress dlq allow`` does, or an offset that was set on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.runtime.dead_letter_limit import COUNTED_REASONS, DeadLetterLimit
from services.runtime.table import RUNTIME_PREFIX, Table

PAUSE_ROW = RUNTIME_PREFIX + b"paused "


class Pauses:
    """The sources of one partition of one stage. ``at`` has the offset at which each paused one will go on."""

    def __init__(self, table: Table, topics: Iterable[str]) -> None:
        self.at: dict[str, int] = {}
        self.limits = {topic: DeadLetterLimit() for topic in topics}
        self._table = table

    def recovered(self, positions: Mapping[str, int]) -> None:
        """Go on from the rows. A source that does not stand where it paused was set elsewhere, so its pause is over."""
        for topic in self.limits:
            stored = self._table.get(_row(topic))
            if stored is None:
                continue
            if int(stored) == positions[topic]:
                self.at[topic] = positions[topic]
            else:
                self._table.delete(_row(topic))

    def bad(self, topic: str, offset: int, reason: str) -> bool:
        """The record at ``offset`` became a dead letter for ``reason``. True if its source pauses behind it."""
        if reason not in COUNTED_REASONS or not self.limits[topic].bad(offset):
            return False
        self.at[topic] = offset + 1
        self._table.put(_row(topic), str(offset + 1).encode())
        return True

    def allow(self, topic: str, until: int) -> bool:
        """An operator allows dead letters before ``until``. True if a pause ends: what was passed before ends none."""
        self.limits[topic].allowed_until = until
        if topic not in self.at or until < self.at[topic]:
            return False
        del self.at[topic]
        self._table.delete(_row(topic))
        self.limits[topic] = DeadLetterLimit(until)
        return True


def _row(topic: str) -> bytes:
    return PAUSE_ROW + topic.encode()
