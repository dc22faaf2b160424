from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.metadata import version as release

import pytest

from services.worktime.instants import instant, microseconds
from services.worktime.spans import BeyondCalendar
from services.worktime.target_text import Target
from tests.worktime.calendars import Local, calendar

SHANGHAI = Local("Asia/Shanghai", calendar("Asia/Shanghai", "09:00-12:00", "13:30-18:00", holidays={"country": "CN"}))
NEW_YORK = Local("America/New_York", calendar("America/New_York", "00:00-24:00", days=7))
NIGHT = Local("Europe/London", calendar("Europe/London", "22:00-06:00", days=7))
OFFICE = Local("UTC", calendar("UTC", "09:00-17:00"))


@pytest.mark.parametrize(
    ("start", "target", "due"),
    [
        ("2026-11-02T11:00", "90m", "2026-11-02T14:00+08:00"),
        ("2026-11-02T11:00", "1h", "2026-11-02T12:00+08:00"),
        ("2026-11-02T12:30", "0s", "2026-11-02T13:30+08:00"),
        ("2026-11-02T10:00", "0s", "2026-11-02T10:00+08:00"),
        ("2026-11-06T17:59", "90s", "2026-11-09T09:00+08:00"),
        ("2026-11-06T17:00", "1bd", "2026-11-09T18:00+08:00"),
        ("2026-11-07T17:00", "1bd", "2026-11-09T18:00+08:00"),
        ("2026-11-02T03:00", "2d", "2026-11-04T03:00+08:00"),
        ("2026-11-02T23:59", "0cd", "2026-11-03T00:00+08:00"),
        ("2026-11-02T00:00", "2cd", "2026-11-05T00:00+08:00"),
        ("2026-09-30T17:00", "2h", "2026-10-08T10:00+08:00"),
        ("2026-10-09T17:00", "2h", "2026-10-10T10:00+08:00"),
        ("2026-02-13T17:00", "1bd", "2026-02-14T18:00+08:00"),
    ],
    ids=[
        "lunch does not count",
        "work that ends at closing time is due then",
        "nothing to do outside hours is due at the next opening",
        "nothing to do within hours is due at once",
        "a weekend does not count",
        "the next working day",
        "from a day off to the next working day",
        "elapsed days keep the local time",
        "the end of the day itself",
        "the end of the second day after",
        "China's national holiday does not count",
        "a Saturday that makes up for a holiday counts",
        "and is a working day",
    ],
)
def test_a_target_is_due_by_the_calendar(start: str, target: str, due: str) -> None:
    assert SHANGHAI.due(start, target) == due


@pytest.mark.parametrize(
    ("start", "target", "due"),
    [
        ("2026-03-08T00:00", "24h", "2026-03-09T01:00-04:00"),
        ("2026-11-01T00:00", "24h", "2026-11-01T23:00-05:00"),
        ("2026-03-07T02:30", "1d", "2026-03-08T03:30-04:00"),
        ("2026-03-07T12:00", "1d", "2026-03-08T12:00-04:00"),
        ("2026-10-31T01:30", "1d", "2026-11-01T01:30-05:00"),
        ("2026-10-31T12:00", "1d", "2026-11-01T12:00-05:00"),
        ("2026-11-01T01:30-04:00", "0d", "2026-11-01T01:30-04:00"),
        ("2026-11-01T01:30-05:00", "1d", "2026-11-02T01:30-05:00"),
        ("2026-03-07T12:00", "1cd", "2026-03-09T00:00-04:00"),
    ],
    ids=[
        "a day of 23 hours",
        "a day of 25 hours",
        "a local time in the gap moves forward by it",
        "the same local time after an hour less",
        "a repeated local time is due at its last",
        "the same local time after an hour more",
        "no days are no time, also from a repeated hour",
        "from a repeated hour to one that is not",
        "the end of a short day",
    ],
)
def test_changes_of_offset_are_exact(start: str, target: str, due: str) -> None:
    assert NEW_YORK.due(start, target) == due


def test_days_of_23_and_25_hours_have_so_many() -> None:
    assert NEW_YORK.worked("2026-03-08T00:00", "2026-03-09T00:00") == 23
    assert NEW_YORK.worked("2026-11-01T00:00", "2026-11-02T00:00") == 25


def test_an_end_before_its_start_is_negative_working_time() -> None:
    assert OFFICE.worked("2026-11-03T10:00", "2026-11-02T16:00") == -2


def test_a_night_belongs_to_the_day_it_opens() -> None:
    local = Local("UTC", calendar("UTC", hours={"fri": ["22:00-06:00"]}))
    assert local.worked("2026-11-06T00:00", "2026-11-08T00:00") == 8
    assert local.due("2026-11-04T12:00", "1bd") == "2026-11-07T06:00+00:00"


def test_a_night_in_which_clocks_change_has_its_hour_less_or_more() -> None:
    assert NIGHT.worked("2026-03-28T12:00", "2026-03-29T12:00") == 7
    assert NIGHT.worked("2026-10-24T12:00", "2026-10-25T12:00") == 9


def test_exceptions_come_before_working_days_and_those_before_holidays() -> None:
    local = Local(
        "UTC",
        calendar(
            "UTC",
            "09:00-17:00",
            holidays={"country": "CN", "own": ["2026-11-03", "2026-11-04"], "working": ["2026-10-05", "2026-11-07"]},
            exceptions={"2026-11-04": ["10:00-12:00"], "2026-11-07": []},
        ),
    )
    worked = {
        day: local.worked(f"{day}T00:00", f"{day}T23:59")
        for day in ("2026-11-03", "2026-11-04", "2026-11-07", "2026-10-05", "2026-10-06", "2026-10-10")
    }
    assert worked == {
        "2026-11-03": 0,
        "2026-11-04": 2,
        "2026-11-07": 0,
        "2026-10-05": 8,
        "2026-10-06": 0,
        "2026-10-10": 8,
    }


@pytest.mark.parametrize(
    ("target", "pause", "due"),
    [
        ("4h", ("2026-11-02T10:00", "2026-11-02T12:00"), "2026-11-02T15:00+00:00"),
        ("4h", ("2026-11-02T10:00", "2026-11-03T10:00"), "2026-11-03T13:00+00:00"),
        ("4h", ("2026-11-02T13:00", "2026-11-03T10:00"), "2026-11-02T13:00+00:00"),
        ("4h", ("2026-11-02T07:00", "2026-11-02T08:30"), "2026-11-02T13:00+00:00"),
        ("2d", ("2026-11-02T10:00", "2026-11-03T11:00"), "2026-11-05T10:00+00:00"),
        ("1bd", ("2026-11-02T10:00", "2026-11-02T16:00"), "2026-11-03T17:00+00:00"),
        ("1bd", ("2026-11-02T10:00", "2026-11-03T10:00"), "2026-11-04T17:00+00:00"),
        ("1bd", ("2026-11-02T10:00", "2026-11-08T10:00"), "2026-11-09T17:00+00:00"),
        ("1bd", ("2026-11-03T10:00", "2026-11-03T20:00"), "2026-11-03T20:00+00:00"),
        ("3cd", ("2026-11-02T10:00", "2026-11-04T01:00"), "2026-11-08T00:00+00:00"),
    ],
    ids=[
        "by the working time it covers",
        "over a night",
        "not when all is used up",
        "not by time that does not count",
        "elapsed days by all the time it covers",
        "working days not within a day",
        "working days by those that begin in it",
        "and not by a weekend",
        "no due instant lies within a pause",
        "calendar days by those that begin in it",
    ],
)
def test_a_pause_moves_a_due_instant(target: str, pause: tuple[str, str], due: str) -> None:
    assert OFFICE.due("2026-11-02T09:00", target, pause) == due


def test_several_pauses_add_up() -> None:
    pauses = [("2026-11-02T10:00", "2026-11-02T11:00"), ("2026-11-02T11:00", "2026-11-02T12:30")]
    assert OFFICE.due("2026-11-02T09:00", "4h", *pauses) == "2026-11-02T15:30+00:00"


def test_questions_far_apart_agree_with_those_asked_first() -> None:
    local = Local("UTC", calendar("UTC", "09:00-17:00"))
    late = local.worked("2026-11-02T00:00", "2026-11-03T00:00")
    assert local.worked("1990-01-01T00:00", "2060-01-01T00:00") > 0
    assert local.worked("2026-11-02T00:00", "2026-11-03T00:00") == late == 8
    fresh = Local("UTC", calendar("UTC", "09:00-17:00"))
    assert fresh.worked("2060-01-01T00:00", "1990-01-01T00:00") == -fresh.worked("1990-01-01T00:00", "2060-01-01T00:00")


def test_answers_are_instants_in_utc_with_their_microseconds() -> None:
    start = datetime(2026, 11, 2, 10, 0, 0, 123456, tzinfo=UTC)
    assert OFFICE.calendar.due_at(start, Target.parse("1h")) == start.replace(hour=11)
    assert OFFICE.calendar.working_seconds(start, start.replace(microsecond=123457)) == 1e-06


def test_an_answer_beyond_the_covered_years_is_an_error() -> None:
    with pytest.raises(BeyondCalendar, match="1900 to 3000"):
        OFFICE.due("2026-11-02T09:00", "9999999d")


@pytest.mark.parametrize("year", [1, 1899, 3001, 9999])
def test_instants_at_the_edges_of_what_datetimes_hold_are_an_error_of_the_calendar(year: int) -> None:
    start = datetime(year, 6, 1, tzinfo=UTC)
    for target in ("1h", "1bd", "1d", "1cd"):
        with pytest.raises(BeyondCalendar):
            NEW_YORK.calendar.due_at(start, Target.parse(target))
    with pytest.raises(BeyondCalendar):
        NEW_YORK.calendar.worked(0, 1 << 62)


def test_a_calendar_names_the_data_that_its_answers_depend_on_in_its_version() -> None:
    holidays, zones = f"+holidays-{release('holidays')}", f"+tzdata-{release('tzdata')}"
    assert SHANGHAI.calendar.version == f"test/1{holidays}{zones}"
    assert OFFICE.calendar.version == f"test/1{zones}"


@pytest.mark.parametrize("text", ["", "4", "h", "4 h", "-4h", "4.5h", "1w", "0bd", "4h30m", "99999999h"])
def test_what_is_no_target_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        Target.parse(text)


@pytest.mark.parametrize(
    ("start", "end", "spans"),
    [
        ("2026-11-02T10:00+08:00", "2026-11-02T11:00+08:00", [("10:00", "11:00")]),
        ("2026-11-02T10:00+08:00", "2026-11-02T15:00+08:00", [("10:00", "12:00"), ("13:30", "15:00")]),
        ("2026-11-02T12:00+08:00", "2026-11-02T13:30+08:00", []),
        ("2026-11-06T18:00+08:00", "2026-11-09T09:30+08:00", [("09:00", "09:30")]),
    ],
    ids=["within hours", "over lunch", "from closing to opening", "over a weekend"],
)
def test_what_is_open_between_two_instants_is_listed(start: str, end: str, spans: list[tuple[str, str]]) -> None:
    found = SHANGHAI.calendar.working_spans(*(microseconds(datetime.fromisoformat(text)) for text in (start, end)))
    local = [tuple(f"{instant(edge).astimezone(SHANGHAI.zone):%H:%M}" for edge in span) for span in found]
    assert local == spans


def test_a_date_is_that_of_the_calendars_zone() -> None:
    when = microseconds(datetime(2026, 11, 8, 16, tzinfo=UTC))
    assert (SHANGHAI.calendar.local_date(when), NEW_YORK.calendar.local_date(when)) == (
        date(2026, 11, 9),
        date(2026, 11, 8),
    )


@pytest.mark.parametrize(
    ("subdivision", "due"), [(None, "2026-04-06T17:00"), ("ENG", "2026-04-07T17:00"), ("SCT", "2026-04-06T17:00")]
)
def test_the_holidays_of_a_part_of_a_country_count_where_it_is_named(subdivision: str | None, due: str) -> None:
    holidays = {"country": "GB", "subdivision": subdivision}
    easter = Local("Europe/London", calendar("Europe/London", "09:00-17:00", holidays=holidays))
    assert easter.due("2026-04-02T10:00", "1bd").startswith(due)


def test_the_first_year_whose_make_up_days_are_not_known_is_told_from_those_before_and_after() -> None:
    office = calendar("Asia/Shanghai", "09:00-18:00", holidays={"country": "CN"})
    unknown = next(year for year in range(2021, 2100) if office.lacks_make_up_days(year))
    assert unknown > 2026
    assert [office.lacks_make_up_days(year) for year in (2026, unknown - 1, unknown + 1)] == [False, False, False]


@pytest.mark.parametrize("holidays", [{}, {"country": "GB"}])
def test_a_calendar_whose_country_has_no_make_up_days_lacks_none(holidays: dict[str, str]) -> None:
    assert not any(
        calendar("UTC", "09:00-18:00", holidays=holidays).lacks_make_up_days(year) for year in range(2020, 2030)
    )
