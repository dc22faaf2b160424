"""The JSON Schema of an instant that comes from outside: its text, to the day of the calendar and the last second.

Without it a schema would take the 30th of February, which no reader of dates takes.
"""

from __future__ import annotations

from typing import Any

_YEAR = "(19[7-9][0-9]|2[01][0-9]{2})"
_LEAP_YEAR = "(19(7[26]|8[048]|9[26])|20([02468][048]|[13579][26])|21(0[48]|[2468][048]|[13579][26]))"
_MONTH_AND_DAY = "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
_HOUR_AND_MINUTE = "([01][0-9]|2[0-3]):[0-5][0-9]"
_NOT_ZERO = "(0[1-9]|[12][0-9]|00:(0[1-9]|[1-5]))"
"""How an offset begins that is not 00:00."""

EXTERNAL_INSTANT_SCHEMA: dict[str, Any] = {
    "type": "string",
    "format": "date-time",
    "pattern": rf"^({_YEAR}-{_MONTH_AND_DAY}|{_LEAP_YEAR}-02-29)[Tt]{_HOUR_AND_MINUTE}:[0-5][0-9](\.[0-9]+)?"
    rf"([Zz]|[+-]{_HOUR_AND_MINUTE})$",
    "not": {"pattern": rf"^(1970-01-01.*\+|2199-12-31.*-){_NOT_ZERO}"},
}
"""RFC 3339, section 5.6, from 1970 to 2199, without leap seconds.

The door takes a little more. It reads a space in place of T, as a note of that section allows and the format date-time
does not. On the first and the last day it asks whether the instant is out of these years, where the schema leaves out
every offset that might lead there.
"""
