"""When bad records become a bad deploy: which dead letters count, and the limit past which a partition pauses."""

from __future__ import annotations

from collections import deque

COUNTED_REASONS = frozenset(
    (
        "tombstone",
        "malformed_json",
        "unknown_type",
        "invalid_event",
        "processor_failed",
        "wrong_key",
        "wrong_partition",
    )
)
"""The dead letters that count towards the limits: what cannot be decoded, fails a processor, or stands elsewhere than
its key says. What a service's rule refuses counts towards nothing, or one complaint could stop all of a partition.
"""
RUN_LIMIT = 100
"""So many bad records one after another, and nothing good between them, are no accident."""
RATIO_LIMIT = 0.05
RATIO_WINDOW = 10_000
"""Records over which the ratio is taken; it says nothing before so many were seen."""


class DeadLetterLimit:
    """Counts good and bad records of one source partition, but no bad one before ``allowed_until``, an offset."""

    def __init__(self, allowed_until: int = 0) -> None:
        self.allowed_until = allowed_until
        self._run = 0
        self._seen = 0
        self._bad: deque[int] = deque()

    def good(self, records: int) -> None:
        """``records`` were processed."""
        if records:
            self._seen += records
            self._run = 0

    def bad(self, offset: int) -> bool:
        """The record at ``offset`` is one more dead letter. True if the limit is passed."""
        if offset < self.allowed_until:
            return False
        self._seen += 1
        self._run += 1
        self._bad.append(self._seen)
        while self._bad and self._bad[0] <= self._seen - RATIO_WINDOW:
            self._bad.popleft()
        over_ratio = self._seen >= RATIO_WINDOW and len(self._bad) > RATIO_LIMIT * RATIO_WINDOW
        return self._run >= RUN_LIMIT or over_ratio
