"""Tumbling windows: an instant and a zone go in, the one window of a width that holds it comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
_WIDTH = re.compile(r"([1-9][0-9]{0,4})([smhdw])")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY, "w": WEEK}


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a window is: a part of a local day, the local day itself, or the local week from Monday on."""

    name: str
    span: timedelta

    @classmethod
    def parse(cls, text: str) -> Width:
        """``15m``, ``1h``, ``1d`` or ``1w``. Raises ValueError for anything that does not tile days or weeks."""
        match = _WIDTH.fullmatch(text)
        if match is None:
            raise ValueError("a window is a number and a unit: 30s, 15m, 1h, 1d or 1w")
        span = int(match[1]) * _UNITS[match[2]]
        if span != WEEK and (span > DAY or DAY % span):
            raise ValueError("a window is 1w, 1d, or seconds, minutes or hours that divide a day evenly, such as 15m")
        return cls(text, span)

    def find_window(self, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start (held) and end (not held) in UTC. Windows of a width cover all time once, DST changes included."""
        day = at.astimezone(zone).date()
        if at >= _find_midnight(day + DAY, zone):  # the clock went back over midnight: the new day has begun already
            day += DAY
        if self.span == WEEK:
            day -= day.weekday() * DAY
            return _find_midnight(day, zone), _find_midnight(day + WEEK, zone)
        opens, closes = _find_midnight(day, zone), _find_midnight(day + DAY, zone)
        if self.span == DAY:
            return opens, closes
        start = opens + (at - opens) // self.span * self.span
        return start, min(start + self.span, closes)


def _find_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the local day; where the clock skips midnight, the instant at which it does."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)
