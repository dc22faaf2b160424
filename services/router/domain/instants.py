"""Between aware datetimes and the microseconds since 1970 that entries hold: exact both ways."""

from __future__ import annotations

from functools import lru_cache

from schemas.primitives import rfc3339
from services.worktime.instants import instant, microseconds

__all__ = ["instant", "microseconds", "text"]


@lru_cache(maxsize=1_024)
def text(microseconds_since_1970: int) -> str:
    """The instant as RFC 3339 text in UTC. Cached, because a decision and its queue item ask for it in turn."""
    return rfc3339(instant(microseconds_since_1970))
