from __future__ import annotations

from pathlib import Path

import pytest

from services.config.folder import SHIPPED
from services.config.yaml_files import ConfigError, load
from services.worktime.calendar_file import CalendarFile

GOOD = """\
version: 1
zone: Asia/Shanghai
hours: {mon: ["09:00-12:00", "13:30-18:00"], tue: ["09:00-18:00"], sat: ["22:00-24:00"]}
holidays: {country: CN, own: ["2026-12-24"], working: ["2026-10-10"]}
exceptions: {"2026-12-31": ["09:00-12:00"]}
"""


def read(path: Path, text: str) -> CalendarFile:
    path.write_text(text)
    return load(path, CalendarFile)


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    read(tmp_path / "shanghai.yaml", GOOD)


@pytest.mark.parametrize("path", sorted((SHIPPED / "calendars").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_calendars_are_read(path: Path) -> None:
    load(path, CalendarFile)


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ('"09:00-18:00"', '"09:00-25:00"', 3, "/hours/tue/0: '09:00-25:00' has a time that no day has"),
        ('"09:00-18:00"', '"24:00-02:00"', 3, "has a time that no day has"),
        ('"09:00-18:00"', '"09:60-18:00"', 3, "has a time that no day has"),
        ('"09:00-18:00"', '"9-18"', 3, 'is no span of hours; write hours as "09:00-18:00"'),
        ('"09:00-18:00"', '"09:00-09:00"', 3, 'is empty; for the whole day write "00:00-24:00"'),
        ('"13:30-18:00"', '"11:30-18:00"', 3, "/hours/mon: 09:00-12:00 and 11:30-18:00 overlap"),
        ('"13:30-18:00"', '"22:00-09:30"', 3, "mon's 22:00-09:30 and tue's 09:00-18:00 overlap"),
        ("Asia/Shanghai", "Asia/Shangai", 2, "/zone: the zone 'Asia/Shangai' is not known; write an IANA name"),
        ("Asia/Shanghai", "../etc/passwd", 2, "is not known; write an IANA name"),
        ("country: CN", "country: CN, subdivision: ENG", 4, "CN has no subdivision 'ENG' with holidays; write one"),
        ("country: CN", "subdivision: ENG", 4, "/holidays/subdivision: a subdivision is a part of a country"),
        ("country: CN", "country: XX", 4, "/holidays/country: the holidays of 'XX' are not known"),
        ("2026-10-10", "2026-12-24", 4, "2026-12-24 is a holiday and a working day"),
        ("2026-10-10", "2026-13-10", 4, "/holidays/working/0"),
        ("mon:", "monday:", 3, "/hours/monday"),
        ("own:", "mine:", 4, "/holidays/mine: there is no such field here"),
        ('{"2026-12-31"', '{"31.12.2026"', 5, "/exceptions/31.12.2026"),
        ('{"2026-12-31"', '{"1798675200"', 5, "this is no date; write year, month and day, such as 2026-12-24"),
        ('["2026-12-24"]', "[2026-12-24, '2026-12-24']", 4, "/holidays/own/1: the same date twice; keep one"),
        ('["2026-10-10"]', "[2026-10-10, 2026-10-10]", 4, "/holidays/working/1: the same date twice; keep one"),
        ('"13:30-18:00"', '"09:00-12:00"', 3, "/hours/mon: 09:00-12:00 and 09:00-12:00 overlap"),
    ],
)
def test_a_broken_calendar_is_refused_with_line_and_advice(
    tmp_path: Path, before: str, after: str, line: int, message: str
) -> None:
    assert before in GOOD
    with pytest.raises(ConfigError) as refused:
        read(tmp_path / "broken.yaml", GOOD.replace(before, after, 1))
    assert f"broken.yaml:{line}: " in str(refused.value)
    assert message in str(refused.value)


def test_a_calendar_that_never_opens_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no day has hours"):
        read(tmp_path / "closed.yaml", "version: 1\nzone: UTC\nhours: {mon: []}\n")
