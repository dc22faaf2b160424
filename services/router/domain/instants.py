"""Between aware datetimes and the microseconds since 1970 that entries hold: exact both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970."""
    return (instant - EPOCH) // MICROSECOND


@lru_cache(maxsize=1_024)
def instant(microseconds: int) -> datetime:
    """The UTC instant. Cached, because a decision and its queue item ask for the same one in turn."""
    return EPOCH + timedelta(microseconds=microseconds)
