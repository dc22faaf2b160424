"""Calendars for tests, from a few words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.worktime.calendar import Calendar
from services.worktime.calendar_file import WEEKDAYS, CalendarFile
from services.worktime.instants import instant, microseconds
from services.worktime.pauses import due_after_pauses
from services.worktime.target_text import Target


def calendar(zone: str, *spans: str, days: int = 5, **more: Any) -> Calendar:
    """The same spans on the first ``days`` days of the week."""
    hours = more.pop("hours", None) or dict.fromkeys(WEEKDAYS[:days], spans)
    return Calendar("test", CalendarFile.model_validate({"version": "1", "zone": zone, "hours": hours} | more))


class Local:
    """Questions and answers in local time, as ``2026-03-08T09:00``; an answer may end in an offset."""

    def __init__(self, zone: str, calendar: Calendar) -> None:
        self.zone = ZoneInfo(zone)
        self.calendar = calendar

    def due(self, start: str, target: str, *pauses: tuple[str, str]) -> str:
        wanted = Target.parse(target)
        begins = self._at(start)
        due = self.calendar.due(begins, wanted)
        moved = due_after_pauses(self.calendar, begins, wanted, due, [(self._at(a), self._at(b)) for a, b in pauses])
        return self._text(moved)

    def worked(self, start: str, end: str) -> float:
        """Hours of working time."""
        return self.calendar.working_seconds(self._read(start), self._read(end)) / 3600

    def _read(self, text: str) -> datetime:
        read = datetime.fromisoformat(text)
        return read if read.tzinfo else read.replace(tzinfo=self.zone)

    def _at(self, text: str) -> int:
        return microseconds(self._read(text))

    def _text(self, when: int) -> str:
        return instant(when).astimezone(self.zone).isoformat(timespec="minutes")
