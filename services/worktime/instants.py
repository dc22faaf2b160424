"""Between aware datetimes, RFC 3339 text and integer microseconds since 1970, in which all arithmetic is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Twenty-four hours of elapsed time, which is not every local day."""

# To look these up takes a fifth of the time of a datetime's isoformat, and every event has some instants.
MINUTES = [f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60)]
SECONDS = [f"{second:02}" for second in range(60)]


def microseconds(instant: datetime) -> int:
    """Microseconds from 1970 to an aware instant, exact. A naive datetime raises TypeError."""
    delta = instant - EPOCH
    return delta.days * DAY + delta.seconds * SECOND + delta.microseconds


def instant(microseconds_since_1970: int) -> datetime:
    """The instant in UTC. Raises OverflowError outside the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=microseconds_since_1970)


def text(microseconds_since_1970: int) -> str:
    """The instant as RFC 3339 text in UTC, as events have it."""
    day, since_midnight = divmod(microseconds_since_1970, DAY)
    second, fraction = divmod(since_midnight, SECOND)
    written = _date(day) + MINUTES[second // 60] + SECONDS[second % 60]
    # A format of six digits takes twice as long, and a breach has eight texts.
    return f"{written}.{str(SECOND + fraction)[1:]}Z" if fraction else f"{written}Z"


@lru_cache(maxsize=4_096)
def _date(day: int) -> str:
    """Cached, because what is said at one time is about instants on few days."""
    return instant(day * DAY).isoformat()[:10]
