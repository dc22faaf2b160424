"""Working time: a start and a target in, the due instant out; two instants in, the time worked between them out.

Inside, instants are integer microseconds since 1970; ``due_at`` and ``working_seconds`` take and give aware
datetimes. Conventions (docs/deadlines.md): work that ends at closing time is due then, not at the next opening;
nothing to do outside hours is due at the next opening; an end before its start is negative working time; a
local time in a gap moves forward by it; a repeated one opens at its first occurrence and closes at its last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from functools import cached_property
from importlib.metadata import version as release
from zoneinfo import ZoneInfo

from services.worktime.calendar_file import CalendarFile
from services.worktime.daylight_saving import closing
from services.worktime.days import WorkingDays
from services.worktime.instants import DAY, SECOND, instant, microseconds
from services.worktime.spans import LAST_YEAR, BeyondCalendar, WorkingSpans
from services.worktime.target_text import Target, Unit

LAST_DAY = date(LAST_YEAR, 12, 31).toordinal()


class Calendar:
    """One calendar. Answers beyond the years 1900 to 3000 raise BeyondCalendar."""

    def __init__(self, name: str, file: CalendarFile) -> None:
        self.name = name
        self._file = file
        self._days = WorkingDays(file)
        self._spans = WorkingSpans(ZoneInfo(file.zone), self._days)

    @cached_property
    def version(self) -> str:
        """What its answers depend on: name and version of the file, and the releases of holiday and time zone data."""
        data = ["tzdata"] if self._file.holidays.country is None else ["holidays", "tzdata"]
        return "+".join([f"{self.name}/{self._file.version}", *(f"{package}-{release(package)}" for package in data)])

    def lacks_make_up_days(self, year: int) -> bool:
        """Whether its country's make-up days of ``year`` seem not to be published yet: those before are known."""
        return self._days.lacks_make_up_days(year)

    def due_at(self, start: datetime, target: Target) -> datetime:
        """When ``target`` is used up, in UTC."""
        return instant(self.due(microseconds(start), target))

    def working_seconds(self, start: datetime, end: datetime) -> float:
        """Seconds of working time from ``start`` to ``end``."""
        return self.worked(microseconds(start), microseconds(end)) / SECOND

    def worked(self, start: int, end: int) -> int:
        """Microseconds of working time from ``start`` to ``end``."""
        spans = self._spans
        if not (spans.covered_from <= start < spans.covered_until and spans.covered_from <= end < spans.covered_until):
            spans.cover(start)
            spans.cover(end)
        return self._worked_until(end) - self._worked_until(start)

    def working_spans(self, start: int, end: int) -> list[tuple[int, int]]:
        """What is open between ``start`` and ``end``, ascending and disjoint: what ``worked`` adds up."""
        spans = self._spans
        spans.cover(start)
        spans.cover(end)
        indices = range(bisect_right(spans.closes, start), bisect_left(spans.opens, end))
        return [(max(start, spans.opens[index]), min(end, spans.closes[index])) for index in indices]

    def local_date(self, when: int) -> date:
        """The date in the calendar's zone."""
        return date.fromordinal(self._local_day(when))

    def counted(self, start: int, end: int, target: Target) -> int:
        """What passes of ``target`` from ``start`` to ``end``: elapsed time for d and cd, else working time."""
        return end - start if target.elapsed else self.worked(start, end)

    def advanced(self, start: int, work: int) -> int:
        """The first instant, not before ``start``, by which ``work`` microseconds of working time have passed."""
        spans = self._spans
        spans.cover(start)
        if work <= 0:
            return self._opening_from(start)
        goal = self._worked_until(start) + work
        while spans.worked_after[-1] < goal:
            spans.cover_more()
        index = bisect_left(spans.worked_after, goal)
        return spans.opens[index] + goal - spans.worked_before[index]

    def due(self, start: int, target: Target) -> int:
        """When ``target`` is used up from ``start``."""
        return self.due_by(start, target.unit, target.amount)

    def due_by(self, start: int, unit: Unit, amount: int) -> int:
        """When ``amount`` of ``unit`` is used up from ``start``."""
        if unit is Unit.WORKING_TIME:
            return self.advanced(start, amount)
        if unit is Unit.ELAPSED_DAYS:
            return self._same_time_later(start, amount)
        if unit is Unit.CALENDAR_DAYS:
            return self._midnight(self._local_day(start) + amount + 1)
        return self._last_closing(self._local_day(start), amount)

    def days_begun(self, unit: Unit, start: int, end: int) -> int:
        """How many days of ``unit``, working or calendar days, begin from ``start`` to ``end``."""
        before, last = self._local_day(start), self._local_day(end)
        if unit is Unit.CALENDAR_DAYS:
            return last - before
        working_days = self._spans.working_days
        return bisect_right(working_days, last) - bisect_right(working_days, before)

    def spent(self, start: int, end: int, target: Target) -> int:
        """What passes of ``target`` from ``start`` to ``end``: for bd and cd days that begin, else microseconds."""
        if target.unit is Unit.WORKING_DAYS or target.unit is Unit.CALENDAR_DAYS:
            return self.days_begun(target.unit, start, end)
        return self.counted(start, end, target)

    def rest_due(self, start: int, target: Target, spent: int) -> int:
        """When what is left of ``target`` is used up from ``start`` on, ``start`` if nothing is. A d has 24 hours."""
        unit, amount = target.unit, target.amount
        if unit is Unit.ELAPSED_DAYS:
            return start + amount * DAY - spent
        return self.due_by(start, unit, amount - spent) if amount > spent else start

    def share(self, start: int, total: int, percent: int, target: Target) -> int:
        """When ``percent`` of ``total`` counting microseconds from ``start`` have passed, without pauses."""
        part = total * percent // 100
        return start + part if target.elapsed else self.advanced(start, part)

    def _worked_until(self, when: int) -> int:
        """Worked since the beginning of what is covered, which ``when`` must be."""
        spans = self._spans
        index = bisect_right(spans.opens, when) - 1
        if index < 0:
            return 0
        closes = spans.closes[index]
        return spans.worked_after[index] if when >= closes else spans.worked_before[index] + when - spans.opens[index]

    def _opening_from(self, when: int) -> int:
        spans = self._spans
        index = bisect_left(spans.closes, when)
        while index == len(spans.closes):
            spans.cover_more()
        return max(when, spans.opens[index])

    def _same_time_later(self, start: int, days: int) -> int:
        day = self._local_day(start)
        begins, ends = self._midnight(day), self._midnight(day + 1)
        goal, after = self._midnight(day + days), self._midnight(day + days + 1)
        if ends - begins == after - goal == DAY or not days:
            return goal + start - begins
        local = instant(start).astimezone(self._spans.zone).replace(tzinfo=None)
        return closing(local + timedelta(days=days), self._spans.zone)

    def _local_day(self, when: int) -> int:
        """The ordinal of the local date at ``when``."""
        spans = self._spans
        spans.cover(when)
        return spans.first_day + bisect_right(spans.midnights, when) - 1

    def _midnight(self, day: int) -> int:
        """When the local date of ordinal ``day`` begins, which is when the one before ends."""
        spans = self._spans
        if day > LAST_DAY:
            raise BeyondCalendar
        while day - spans.first_day >= len(spans.midnights):
            spans.cover_more()
        return spans.midnights[day - spans.first_day]

    def _last_closing(self, day: int, number: int) -> int:
        """The last closing time of the ``number``-th working day after the local date of ordinal ``day``."""
        spans = self._spans
        if day + number > LAST_DAY:
            raise BeyondCalendar
        index = bisect_right(spans.working_days, day) + number - 1
        while index >= len(spans.working_days):
            spans.cover_more()
        return spans.last_closings[index]
