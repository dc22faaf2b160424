"""A local date in, its working hours out: exceptions before working days, own holidays, the country's, hours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from services.worktime.calendar_file import WEEKDAYS, CalendarFile, Span

if TYPE_CHECKING:
    from holidays import HolidayBase


class WorkingDays:
    """The hours of each local date of a calendar. A country's holidays are looked up a year at a time."""

    def __init__(self, file: CalendarFile) -> None:
        self._week: tuple[tuple[Span, ...], ...] = tuple(file.hours.get(name, ()) for name in WEEKDAYS)
        # A make-up day on a day that is usually closed is worked like the first day of the week that is open.
        self._make_up = next(spans for spans in self._week if spans)
        self._exceptions = file.exceptions
        self._working = file.holidays.working
        self._own = file.holidays.own
        self._country = _country(file.holidays.country, file.holidays.subdivision)

    def hours(self, day: date) -> tuple[Span, ...]:
        """The spans that open on ``day``, in order; none when it is closed."""
        usual = self._week[day.weekday()]
        if day in self._exceptions:
            return self._exceptions[day]
        if day in self._working:
            return usual or self._make_up
        if day in self._own:
            return ()
        if self._country is None:
            return usual
        if day in self._country:
            return ()
        made_up: bool = day in self._country.weekend_workdays
        return usual or (self._make_up if made_up else ())

    def lacks_make_up_days(self, year: int) -> bool:
        """Whether the country's are known of the year before and of none of ``year``: as a rule, not published yet."""
        country = self._country
        return country is not None and _makes_up(country, year - 1) and not _makes_up(country, year)


def _country(code: str | None, subdivision: str | None) -> HolidayBase | None:
    if code is None:
        return None
    import holidays

    return holidays.country_holidays(code, subdiv=subdivision)


def _makes_up(country: HolidayBase, year: int) -> bool:
    country.get(date(year, 1, 1))  # the library looks a year up with the first of its days that is asked for
    return any(day.year == year for day in country.weekend_workdays)
