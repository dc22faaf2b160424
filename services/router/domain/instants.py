"""Between aware datetimes and the microseconds since 1970 that entries hold: exact both ways."""

from __future__ import annotations

from functools import lru_cache

from services.worktime import instants
from services.worktime.instants import microseconds

__all__ = ["instant", "microseconds"]

instant = lru_cache(maxsize=1_024)(instants.instant)
"""The UTC instant. Cached, because a decision and its queue item ask for the same one in turn."""
