"""From the Date header of a mail to the instant at which it was sent, or the reason why that is not known."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from services.intake.mail.message import Faults

LONGEST_DATE = 200
EARLIEST, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Between them lie the instants that intake takes (schemas.instants)."""

_COMMENT = re.compile(r"\([^()]*\)?")
_SPACED_COLON = re.compile(r"(?<=\d)\s*:\s*(?=\d)")
_COLON_IN_OFFSET = re.compile(r"([+-]\d\d):(\d\d)$")
_NAMED_OFFSET = re.compile(r"\b(?:GMT|UTC?)\s*([+-]\d{4})$", re.IGNORECASE)
_ZONE = re.compile(r"\d\d?:\d\d(?::\d\d)?(?:\.\d+)?\s+(?P<zone>[+-]\d{4}|[A-Za-z]{1,5})\b(?!:)")
_LEAP_SECOND = re.compile(r"(\d\d:\d\d):60")

# What RFC 5322, section 4.3, gives a meaning; any other letters are read as -0000, which is UTC.
_KNOWN_ZONES = frozenset({"UT", "UTC", "GMT", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"})


def read_date(value: str | None, faults: Faults) -> datetime | None:
    """The instant in UTC. A date without a zone is none: it may be off by fourteen hours."""
    text = _SPACED_COLON.sub(":", " ".join(_COMMENT.sub(" ", (value or "")[:LONGEST_DATE]).split()))
    if not text:
        faults.add("malformed_date" if value else "no_date")
        return None
    text = _NAMED_OFFSET.sub(r"\1", _COLON_IN_OFFSET.sub(r"\1\2", text))
    instant = _read_iso(text) or _read_rfc5322(_LEAP_SECOND.sub(r"\1:59", text), faults)
    if instant is None:
        faults.add("malformed_date")
        return None
    if instant.tzinfo is None:
        faults.add("date_without_zone")
        return None
    if not EARLIEST <= instant < END:
        faults.add("date_out_of_range")
        return None
    return instant.astimezone(UTC)


def _read_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text[:4].isdecimal() else None
    except ValueError:
        return None


def _read_rfc5322(text: str, faults: Faults) -> datetime | None:
    try:
        fields = parsedate_tz(text)
        if fields is None:
            return None
        instant = datetime(*fields[:6])
        zone = _ZONE.search(text)
        if zone is None:
            return instant
        name = zone["zone"].upper()
        if name.isalpha() and name not in _KNOWN_ZONES:
            faults.add("unknown_time_zone")
        return instant.replace(tzinfo=timezone(timedelta(seconds=fields[9] or 0)))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
