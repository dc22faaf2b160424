"""From what a cell holds to an instant in UTC, by the formats of a mapping; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2200, 1, 1, tzinfo=UTC)
"""Between these an event may lie (schemas.instants.ReportedInstant)."""
OUTSIDE = "lies outside the years 1970 to 2199, or is 1970-01-01T00:00Z, as of a clock that was never set"

_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_SAMPLE = datetime(2001, 12, 31, 22, 34, 56, 123_456, tzinfo=UTC)
_FRACTION = re.compile("[.,]%f")
_TOO_FINE = re.compile("([0-9]{6})[0-9]+")


def read_instant(written: str, formats: Sequence[str], zone: ZoneInfo) -> datetime:
    """The instant by the first format that fits; where it has no offset, a local time of ``zone``.

    A local time in a gap moves forward by the gap; a repeated one is its first occurrence. Raises ValueError, which
    says what is wrong as the end of a sentence.
    """
    for form in formats:
        try:
            read = _read_as(form, written)
            instant = (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
        except ValueError:
            continue
        except OverflowError:
            raise ValueError(OUTSIDE) from None
        if not EPOCH < instant < END:
            raise ValueError(OUTSIDE)
        return instant
    raise ValueError(f"is not written as {' or '.join(formats)}")


def check_format(form: str) -> str:
    """The format itself. Raises ValueError for one by which no instant, or a wrong one, would be read."""
    if form in NAMED_FORMATS:
        return form
    if "%Z" in form:
        raise ValueError("%Z is the name of a zone, which many zones share; write %z for an offset, or leave it out")
    try:
        read = datetime.strptime(_SAMPLE.strftime(form), form)
    except ValueError as error:
        raise ValueError(
            f"this is no format of a date and time ({error}); write one as for Python's strptime, "
            f"or {', '.join(NAMED_FORMATS)}"
        ) from None
    if read.date() != _SAMPLE.date():
        raise ValueError('the format must hold year, month and day, such as "%d-%m-%Y %H:%M"')
    if read.hour not in (0, _SAMPLE.hour):
        raise ValueError("%I is the hour of half a day; add %p for the half, or write %H")
    return form


def _read_as(form: str, written: str) -> datetime:
    if form in NAMED_FORMATS:
        return NAMED_FORMATS[form](written)
    try:
        return datetime.strptime(written, form)
    except ValueError:
        if (fraction := _FRACTION.search(form)) is None:
            raise
    # strptime wants a fraction of one to six digits; logs also have seven, or none where it is zero.
    separator = fraction[0][0]
    before, found, after = written.rpartition(separator)
    if found and (finer := _TOO_FINE.match(after)):
        return datetime.strptime(f"{before}{separator}{finer[1]}{after[finer.end() :]}", form)
    return datetime.strptime(written, _FRACTION.sub("", form))


def _read_epoch(units_in_a_second: int) -> Callable[[str], datetime]:
    def read(written: str) -> datetime:
        if not _NUMBER.fullmatch(written):
            raise ValueError("no number")
        return EPOCH + timedelta(microseconds=int(Decimal(written) * (1_000_000 // units_in_a_second)))

    return read


NAMED_FORMATS: dict[str, Callable[[str], datetime]] = {
    "iso8601": datetime.fromisoformat,
    "epoch_seconds": _read_epoch(1),
    "epoch_milliseconds": _read_epoch(1_000),
}
"""Formats that strptime cannot say: any form of ISO 8601, and numbers since 1970-01-01T00:00Z."""
