"""An independent, slow reference for working time: it walks every minute of a window and asks zoneinfo for
nothing but the local time at an instant. All instants are whole minutes since 1970, in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@lru_cache
def local_times(zone: str, first: date, days: int) -> tuple[range, list[datetime], dict[datetime, list[int]]]:
    """Every minute of the window and two days around it, with what a clock on the wall shows."""
    begins = (datetime.combine(first, datetime.min.time(), UTC) - EPOCH) // MINUTE - 2 * 1440
    minutes = range(begins, begins + (days + 4) * 1440)
    tz = ZoneInfo(zone)
    local = [(EPOCH + minute * MINUTE).astimezone(tz).replace(tzinfo=None) for minute in minutes]
    occurrences: dict[datetime, list[int]] = {}
    for minute, wall in zip(minutes, local, strict=True):
        occurrences.setdefault(wall, []).append(minute)
    return minutes, local, occurrences


class MinuteWalk:
    """The minutes of a window of local dates, each open or not."""

    def __init__(self, zone: str, first: date, days: int, hours: Mapping[date, Sequence[tuple[int, int]]]) -> None:
        self.minutes, self.local, self.occurrences = local_times(zone, first, days)
        self.first_minute = self.minutes[0]
        self.hours = {first + timedelta(days=n): hours.get(first + timedelta(days=n), ()) for n in range(days)}
        self.open = [False] * len(self.minutes)
        for day, spans in self.hours.items():
            for opens, closes in spans:
                for minute in range(self.at(day, opens, last=False), self.at(day, closes, last=True)):
                    self.open[minute - self.first_minute] = True

    def at(self, day: date, minutes: int, *, last: bool) -> int:
        """When the local clock shows so many minutes after the midnight of ``day``."""
        wall = datetime.combine(day, datetime.min.time()) + minutes * MINUTE
        found = self.occurrences.get(wall)
        if found:
            return found[-1] if last else found[0]
        after = next(index for index, local in enumerate(self.local) if local > wall)
        gap = self.local[after] - self.local[after - 1] - MINUTE
        return self.occurrences[wall + gap][0]

    def worked(self, start: int, end: int) -> int:
        """Open minutes from ``start`` to ``end``."""
        return sum(self.open[minute - self.first_minute] for minute in range(start, end))

    def due(self, start: int, work: int) -> int | None:
        """The minute by which ``work`` open minutes have passed, if it lies in the window."""
        left = work
        for minute in range(start, self.minutes[-1]):
            if left <= 0:
                return minute
            left -= self.open[minute - self.first_minute]
        return None

    def local_date(self, minute: int) -> date:
        return self.local[minute - self.first_minute].date()

    def last_closing(self, start: int, number: int) -> int | None:
        """The last closing of the ``number``-th working day after the local date of ``start``."""
        later = [day for day, spans in self.hours.items() if spans and day > self.local_date(start)]
        if len(later) < number:
            return None
        day = later[number - 1]
        return max(self.at(day, closes, last=True) for _, closes in self.hours[day])

    def end_of_day(self, start: int, number: int) -> int | None:
        """The first minute of the day after the ``number``-th after the local date of ``start``."""
        goal = self.local_date(start) + timedelta(days=number + 1)
        return next((minute for minute in range(start, self.minutes[-1]) if self.local_date(minute) >= goal), None)
