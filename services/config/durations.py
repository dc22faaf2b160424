"""A duration as files say it: a whole number and s, m, h or d in, a timedelta out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_WRITTEN = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _read(text: object) -> timedelta:
    match = _WRITTEN.fullmatch(str(text))
    if match is None:
        raise ValueError("write a whole number and a unit: 90s, 10m, 4h or 14d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Duration = Annotated[
    timedelta,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "pattern": f"^{_WRITTEN.pattern}$"}),
]
