"""Instants: text with an offset from UTC in; aware datetimes out, and back to RFC 3339 text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas.instant_pattern import EXTERNAL_INSTANT_SCHEMA

RFC3339_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
"""RFC 3339, section 5.6; the space in place of T is that of its note."""


class _Between:
    """An aware datetime from ``earliest`` until before ``end``; in JSON, text that begins with a date.

    Where a ``pattern`` is given, the text matches that too, and ``described`` is its JSON Schema.

    pydantic alone reads the number 0, and even in strict mode the text "0", as 1970.
    """

    def __init__(
        self,
        earliest: datetime,
        end: datetime,
        pattern: str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]",
        described: JsonSchemaValue | None = None,
    ) -> None:
        self._earliest = earliest
        self._end = end
        self._pattern = pattern
        self._described = described or {
            "type": "string",
            "format": "date-time",
            "formatMinimum": earliest.isoformat(),
            "formatExclusiveMaximum": end.isoformat(),
        }

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=self._pattern)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([text, self._instant(strict=False)]),
            python_schema=self._instant(strict=True),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**self._described}

    def _instant(self, *, strict: bool) -> CoreSchema:
        return core_schema.datetime_schema(strict=strict, tz_constraint="aware", ge=self._earliest, lt=self._end)


Instant = Annotated[datetime, _Between(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))]
"""An aware instant, a day from the ends of the calendar, so that every zone can show it."""

_REPORTED = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

ReportedInstant = Annotated[datetime, _Between(*_REPORTED)]
"""An instant from outside, so placed that every deadline computed from it is still an Instant."""

ExternalInstant = Annotated[datetime, _Between(*_REPORTED, RFC3339_PATTERN, EXTERNAL_INSTANT_SCHEMA)]
"""A ReportedInstant as a sender writes it into a request: RFC 3339, where readers of topics take a little more.

Digits of a second's fraction after the sixth are dropped. A leap second is refused.
"""


@lru_cache(maxsize=1_024)
def rfc3339(instant: datetime) -> str:
    """The instant in UTC, as text. Cached, because all that one record leads to happened at one instant."""
    return f"{instant.astimezone(UTC).isoformat()[:-6]}Z"
