"""From a local time to its instant, also where a change of the clocks skips or repeats it.

So a day of 23 or 25 hours has the working time that really passes on it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.worktime.instants import microseconds


def opening(wall: datetime, zone: ZoneInfo) -> int:
    """The instant of a naive local time: the first of two, and moved forward by a gap it falls into."""
    return microseconds(wall.replace(tzinfo=zone, fold=0).astimezone(UTC))


def closing(wall: datetime, zone: ZoneInfo) -> int:
    """The instant of a naive local time: the last of two, and moved forward by a gap it falls into."""
    return max(opening(wall, zone), microseconds(wall.replace(tzinfo=zone, fold=1).astimezone(UTC)))
