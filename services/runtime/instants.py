"""Between aware datetimes and the integer milliseconds that rows, indexes and Kafka timestamps use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, rounded up: a timer may be late by less than one, never early."""
    return -((EPOCH - instant) // MILLISECOND)


def instant(milliseconds_since_1970: int) -> datetime:
    """The UTC instant."""
    return EPOCH + timedelta(milliseconds=milliseconds_since_1970)
