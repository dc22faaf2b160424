"""Instants: RFC 3339 text with an offset, and nothing else, in; aware datetimes out, and back to text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class _Between:
    """An aware datetime from ``earliest`` until before ``end``; in JSON, RFC 3339 text and nothing else.

    pydantic alone reads the number 0, and even in strict mode the text "0", as 1970.
    """

    def __init__(self, earliest: datetime, end: datetime) -> None:
        self._earliest = earliest
        self._end = end

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([text, self._instant(strict=False)]),
            python_schema=self._instant(strict=True),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "format": "date-time",
            "formatMinimum": self._earliest.isoformat(),
            "formatExclusiveMaximum": self._end.isoformat(),
        }

    def _instant(self, *, strict: bool) -> CoreSchema:
        return core_schema.datetime_schema(strict=strict, tz_constraint="aware", ge=self._earliest, lt=self._end)


Instant = Annotated[datetime, _Between(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))]
"""An aware instant, a day from the ends of the calendar, so that every zone can show it."""

ReportedInstant = Annotated[datetime, _Between(datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))]
"""An instant from outside, so placed that every deadline computed from it is still an Instant."""


@lru_cache(maxsize=1_024)
def rfc3339(instant: datetime) -> str:
    """The instant in UTC, as text. Cached, because all that one record leads to happened at one instant."""
    return f"{instant.astimezone(UTC).isoformat()[:-6]}Z"
