"""A calendar as people write it: the YAML model of hours, holidays and exceptions, validated whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    field_validator,
)

from schemas.each_once import each_once

DAY_MINUTES = 24 * 60

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Span(NamedTuple):
    """Working hours in minutes after the midnight that begins the day; past 1,440 they end on the next day."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{_clock(self.opens)}-{_clock(self.closes - DAY_MINUTES * (self.closes > DAY_MINUTES))}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
ADVICE = 'write hours as "09:00-18:00", to "24:00" at the latest, or "22:00-06:00" across midnight'


def _span(text: Any) -> Span:
    if isinstance(text, Span):
        return text
    match = SPAN.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is no span of hours; {ADVICE}")
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or opens >= DAY_MINUTES or closes > DAY_MINUTES:
        raise ValueError(f"{text!r} has a time that no day has; {ADVICE}")
    if opens == closes:
        raise ValueError(f'{text!r} is empty; for the whole day write "00:00-24:00"')
    return Span(opens, closes if closes > opens else closes + DAY_MINUTES)


def _without_overlap(spans: Sequence[Span]) -> tuple[Span, ...]:
    ordered = tuple(sorted(spans))
    for earlier, later in pairwise(ordered):
        if later.opens < earlier.closes:
            raise ValueError(f"{earlier} and {later} overlap; write hours that do not")
    return ordered


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ValueError(f"the zone {name!r} is not known; write an IANA name such as Asia/Shanghai") from None
    return name


def _known_country(code: str) -> str:
    import holidays  # half a second that calendars without a country need not pay

    if code not in holidays.list_supported_countries():
        raise ValueError(f"the holidays of {code!r} are not known; write an ISO 3166 code such as CN")
    return code


def _written_as_date(text: Any) -> Any:
    """Pydantic alone reads numbers as the dates of instants."""
    if isinstance(text, str) and DATE.fullmatch(text) is None:
        raise ValueError("this is no date; write year, month and day, such as 2026-12-24")
    return text


DATE = re.compile(r"\d{4}-\d\d-\d\d")
Day = Annotated[date, BeforeValidator(_written_as_date)]
TIME = r"([01]\d|2[0-3]):[0-5]\d"
"""A time of day, for editors; the loader says more of one that is none."""
HoursSpan = Annotated[
    Span, PlainValidator(_span), WithJsonSchema({"type": "string", "pattern": rf"^{TIME}-({TIME}|24:00)$"})
]
DayHours = Annotated[tuple[HoursSpan, ...], AfterValidator(_without_overlap)]
Version = Annotated[str, Field(min_length=1, max_length=100)]


class Strict(BaseModel):
    """A part of a file that people write: what is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Holidays(Strict):
    """Days off and on: a country's by ISO 3166 code, one's own, and ``working`` ones that make up for others.

    ``subdivision`` is the part of the country whose holidays count too, as the holidays library names it (ISO 3166-2).
    """

    country: Annotated[str, AfterValidator(_known_country)] | None = None
    subdivision: str | None = None
    own: Annotated[frozenset[Day], each_once("date")] = frozenset()
    working: Annotated[frozenset[Day], each_once("date")] = frozenset()

    @field_validator("subdivision")
    @classmethod
    def _known_subdivision(cls, name: str | None, info: Any) -> str | None:
        country = info.data.get("country")
        if name is None or "country" not in info.data:
            return name
        if country is None:
            raise ValueError("a subdivision is a part of a country; write country too")
        import holidays

        known = holidays.list_supported_countries()[country]
        if name not in known:
            raise ValueError(
                f"{country} has no subdivision {name!r} with holidays; write one of "
                f"{', '.join(known) or '(there are none)'}"
            )
        return name

    @field_validator("working")
    @classmethod
    def _not_both(cls, working: frozenset[date], info: Any) -> frozenset[date]:
        both = sorted(working & info.data.get("own", frozenset()))
        if both:
            raise ValueError(f"{both[0]} is a holiday and a working day; keep it in one of `own` and `working`")
        return working


class CalendarFile(Strict):
    """``calendars/<name>.yaml``. Precedence: exceptions, working days, own holidays, the country's, hours."""

    version: Version
    zone: Annotated[str, AfterValidator(_known_zone)]
    hours: dict[Weekday, DayHours]
    holidays: Holidays = Holidays()
    exceptions: Annotated[dict[Day, DayHours], each_once("date")] = {}

    @field_validator("hours")
    @classmethod
    def _a_possible_week(cls, hours: dict[Weekday, tuple[Span, ...]]) -> dict[Weekday, tuple[Span, ...]]:
        if not any(hours.values()):
            raise ValueError('no day has hours, so nothing could ever be due; write some, as mon: ["09:00-18:00"]')
        for index, name in enumerate(WEEKDAYS):
            following = WEEKDAYS[(index + 1) % 7]
            today, tomorrow = hours.get(name), hours.get(following)
            if today and tomorrow and today[-1].closes - DAY_MINUTES > tomorrow[0].opens:
                raise ValueError(
                    f"{name}'s {today[-1]} and {following}'s {tomorrow[0]} overlap; write hours that do not"
                )
        return hours
