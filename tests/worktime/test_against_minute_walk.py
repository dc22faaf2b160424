from __future__ import annotations

from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.worktime.calendar import Calendar
from services.worktime.calendar_file import WEEKDAYS, CalendarFile
from services.worktime.instants import MINUTE
from services.worktime.target_text import Target
from tests.worktime.minute_walk import MinuteWalk

WINDOW = 16
CHANGES = {
    "America/New_York": [(2026, 3, 8), (2026, 11, 1)],
    "Europe/London": [(2026, 3, 29), (2026, 10, 25)],
    "Australia/Lord_Howe": [(2026, 4, 5), (2026, 10, 4)],
    "Antarctica/Troll": [(2026, 3, 29), (2026, 10, 25)],
    "America/Sao_Paulo": [(2018, 2, 18), (2018, 11, 4)],
    "America/Havana": [(2026, 3, 8), (2026, 11, 1)],
    "Africa/Cairo": [(2026, 4, 24), (2026, 10, 30)],
    "Pacific/Apia": [(2011, 12, 30), (2011, 9, 24)],
    "Asia/Kathmandu": [(2026, 7, 1), (2026, 12, 31)],
    "Pacific/Chatham": [(2026, 4, 5), (2026, 9, 27)],
    "Asia/Shanghai": [(2026, 2, 14), (2026, 10, 4)],
    "Pacific/Kiritimati": [(2024, 2, 29), (2026, 12, 31)],
}
"""Dates near which a zone changes its offset, or where a year ends."""


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def day_hours(draw: st.DrawFn, until: int = 1440) -> list[tuple[int, int]]:
    """Up to three spans that do not overlap; the last may run into the next day, until ``until``."""
    marks = sorted(draw(st.sets(st.integers(0, 95), min_size=0, max_size=6)))
    spans = [(a * 15, b * 15) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    if spans and draw(st.booleans()):
        last = max(spans[-1][1], draw(st.sampled_from([1440, until])))
        spans[-1] = (spans[-1][0], last)
    return [span for span in spans if span[1] - span[0] < 1440 or span == (0, 1440)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calendar, MinuteWalk, int]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    first = date(*draw(st.sampled_from(CHANGES[zone]))) - timedelta(days=WINDOW // 2)
    week = {name: draw(day_hours()) for name in WEEKDAYS}
    for index, name in enumerate(WEEKDAYS):
        following = week[WEEKDAYS[(index + 1) % 7]]
        if week[name] and draw(st.booleans()):
            opens, _ = week[name][-1]
            until = min(following[0][0] if following else 1440, opens - 15)
            if until > 0:
                week[name][-1] = (opens, 1440 + until)
    assume(any(week.values()))
    dates = st.integers(0, WINDOW - 1).map(lambda n: first + timedelta(days=n))
    exceptions = draw(st.dictionaries(dates, day_hours(until=1440), max_size=2))
    own = draw(st.sets(dates, max_size=2))
    working = draw(st.sets(dates, max_size=2)) - own
    file = CalendarFile.model_validate(
        {
            "version": "1",
            "zone": zone,
            "hours": {name: written(spans) for name, spans in week.items()},
            "holidays": {"own": own, "working": working},
            "exceptions": {day: written(spans) for day, spans in exceptions.items()},
        }
    )
    first_open = next(spans for name in WEEKDAYS if (spans := week[name]))
    hours = {}
    for n in range(WINDOW):
        day = first + timedelta(days=n)
        usual = week[WEEKDAYS[day.weekday()]]
        made_up = usual or first_open if day in working else usual
        hours[day] = exceptions.get(day, [] if day in own else made_up)
    walk = MinuteWalk(zone, first, WINDOW, hours)
    start = draw(st.integers(walk.first_minute + 5 * 1440, walk.first_minute + (WINDOW + 1) * 1440))
    return Calendar("random", file), walk, start


def written(spans: list[tuple[int, int]]) -> list[str]:
    return [f"{clock(a)}-{clock(b if b <= 1440 else b - 1440)}" for a, b in spans]


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 10 * 1440))
def test_working_seconds_are_the_open_minutes_walked(case: tuple[Calendar, MinuteWalk, int], length: int) -> None:
    calendar, walk, start = case
    end = min(start + length, walk.first_minute + (WINDOW + 1) * 1440)
    assert calendar.worked(start * MINUTE, end * MINUTE) == walk.worked(start, end) * MINUTE
    assert calendar.worked(end * MINUTE, start * MINUTE) == -walk.worked(start, end) * MINUTE


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 10 * 1440))
def test_working_spans_are_the_open_minutes_walked(case: tuple[Calendar, MinuteWalk, int], length: int) -> None:
    calendar, walk, start = case
    end = min(start + length, walk.first_minute + (WINDOW + 1) * 1440)
    spans = calendar.working_spans(start * MINUTE, end * MINUTE)
    minutes = [minute for opens, closes in spans for minute in range(opens // MINUTE, closes // MINUTE)]
    assert minutes == [minute for minute in range(start, end) if walk.worked(minute, minute + 1)]


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 3000))
def test_working_time_is_due_where_the_walk_has_passed_it(case: tuple[Calendar, MinuteWalk, int], work: int) -> None:
    calendar, walk, start = case
    due = walk.due(start, work)
    assume(due is not None)
    assert calendar.due(start * MINUTE, Target.parse(f"{work}m")) == due * MINUTE


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 10 * 1440))
def test_a_due_instant_for_what_was_worked_is_the_same_working_instant(
    case: tuple[Calendar, MinuteWalk, int], length: int
) -> None:
    calendar, _, start = case
    end = (start + length) * MINUTE
    work = calendar.worked(start * MINUTE, end)
    assume(work > 0)
    due = calendar.advanced(start * MINUTE, work)
    assert due <= end
    assert calendar.worked(due, end) == 0


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 6))
def test_working_days_end_at_their_last_closing(case: tuple[Calendar, MinuteWalk, int], number: int) -> None:
    calendar, walk, start = case
    due = walk.last_closing(start, number)
    assume(due is not None)
    assert calendar.due(start * MINUTE, Target.parse(f"{number}bd")) == due * MINUTE


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 6))
def test_calendar_days_end_at_midnight(case: tuple[Calendar, MinuteWalk, int], number: int) -> None:
    calendar, walk, start = case
    due = walk.end_of_day(start, number)
    assume(due is not None)
    assert calendar.due(start * MINUTE, Target.parse(f"{number}cd")) == due * MINUTE


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 6))
def test_elapsed_days_end_when_the_clock_shows_the_same(case: tuple[Calendar, MinuteWalk, int], number: int) -> None:
    calendar, walk, start = case
    wall = walk.local[start - walk.first_minute]
    day = wall.date() + timedelta(days=number)
    assume(day < max(walk.hours))
    due = walk.at(day, wall.hour * 60 + wall.minute, last=True)
    assert calendar.due(start * MINUTE, Target.parse(f"{number}d")) == due * MINUTE
