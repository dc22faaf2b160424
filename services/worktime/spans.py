"""A calendar's working spans as UTC instants in ascending order, built a year at a time as they are asked for.

Beside them stands what was worked before each span, so that a question costs one binary search, however far
apart its instants are. All instants are integer microseconds since 1970.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.worktime.daylight_saving import closing, opening
from services.worktime.days import WorkingDays
from services.worktime.instants import DAY, instant

FIRST_YEAR = 1900
LAST_YEAR = 3000
ZONE_MARGIN = 3 * DAY
"""Instants so near to the ends of what is built are not answered: zones differ by up to 26 hours from UTC, and
a span may reach into the next day."""


class BeyondCalendar(ValueError):
    """The question leads out of the years that a calendar covers, 1900 to 3000."""

    def __init__(self) -> None:
        super().__init__(f"the answer lies outside the years {FIRST_YEAR} to {LAST_YEAR}")


def _year_of(when: int) -> int:
    try:
        return instant(when).year
    except OverflowError:
        raise BeyondCalendar from None


class WorkingSpans:
    """The spans, and the days they belong to, of all years from the first asked for to the last."""

    def __init__(self, zone: ZoneInfo, days: WorkingDays) -> None:
        self.zone = zone
        self._days = days
        self._years: range = range(0)
        self._built: dict[int, _Year] = {}
        self.covered_from = self.covered_until = 0
        self.opens: list[int] = []
        self.closes: list[int] = []
        self.worked_before: list[int] = []
        self.worked_after: list[int] = []
        self.midnights: list[int] = []
        self.first_day = 0
        self.working_days: list[int] = []
        self.last_closings: list[int] = []

    def cover(self, when: int) -> None:
        """Build what is missing to answer questions about ``when``. Raises BeyondCalendar."""
        if not self.covered_from <= when < self.covered_until:
            year = _year_of(when)
            self._build(min([year - 1, *self._years[:1]]), max([year + 1, *self._years[-1:]]))

    def cover_more(self) -> None:
        """Build as many later years as there are: a deadline lies beyond them. What was worked before stands."""
        first, last = self._years[0], self._years[-1]
        self._build(first, max(last + 1, min(last + len(self._years), LAST_YEAR)))

    def _build(self, first: int, last: int) -> None:
        if first < FIRST_YEAR or last > LAST_YEAR:
            raise BeyondCalendar
        self._years = range(first, last + 1)
        self.opens, self.closes, self.midnights, self.working_days, self.last_closings = [], [], [], [], []
        for number in self._years:
            year = self._built.get(number) or _Year(number, self.zone, self._days)
            self._built[number] = year
            self.midnights += year.midnights
            self.working_days += year.working_days
            self.last_closings += year.last_closings
            for opens, closes in year.spans:
                self._append(opens, closes)
        self.first_day = date(first, 1, 1).toordinal()
        self.covered_from, self.covered_until = self.midnights[0] + ZONE_MARGIN, self.midnights[-1] - ZONE_MARGIN
        self._add_up()

    def _append(self, opens: int, closes: int) -> None:
        """Spans that meet, or overlap where days of different hours or a change of offset meet, count once."""
        if self.closes and opens <= self.closes[-1]:
            self.closes[-1] = max(self.closes[-1], closes)
        else:
            self.opens.append(opens)
            self.closes.append(closes)

    def _add_up(self) -> None:
        self.worked_before, self.worked_after = [], []
        worked = 0
        for opens, closes in zip(self.opens, self.closes, strict=True):
            self.worked_before.append(worked)
            worked += closes - opens
            self.worked_after.append(worked)


class _Year:
    """One local year: its midnights, its spans, and its working days with their last closing times."""

    def __init__(self, number: int, zone: ZoneInfo, days: WorkingDays) -> None:
        self.midnights: list[int] = []
        self.spans: list[tuple[int, int]] = []
        self.working_days: list[int] = []
        self.last_closings: list[int] = []
        for ordinal in range(date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            midnight = datetime.combine(day, time())
            self.midnights.append(opening(midnight, zone))
            spans = [
                (
                    opening(midnight + timedelta(minutes=opens), zone),
                    closing(midnight + timedelta(minutes=closes), zone),
                )
                for opens, closes in days.hours(day)
            ]
            if spans:
                # A gap can move an opening past its closing: such a span has no time in it.
                self.spans += [span for span in spans if span[0] < span[1]]
                self.working_days.append(ordinal)
                self.last_closings.append(max(closes for _, closes in spans))
        self.spans.sort()
