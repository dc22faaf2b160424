"""A target such as ``4h``, ``3bd``, ``15d`` or ``30cd``: the text people write in, its unit and amount out."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from services.worktime.instants import HOUR, MINUTE, SECOND


class Unit(Enum):
    """What a target counts."""

    WORKING_TIME = "working time"
    WORKING_DAYS = "bd"
    ELAPSED_DAYS = "d"
    CALENDAR_DAYS = "cd"


WORKING_TIME = {"s": SECOND, "m": MINUTE, "h": HOUR}
TARGET = re.compile(r"(\d{1,7})(s|m|h|d|bd|cd)")


class Target(NamedTuple):
    """``amount`` is microseconds of working time, or days. ``elapsed``: its shares are not working time."""

    unit: Unit
    amount: int
    elapsed: bool
    text: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """The target that ``text`` says. Raises ValueError, saying what to write."""
        match = TARGET.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text!r} is no target; write a whole number and one unit: 90s, 15m, 4h of working time, "
                "3bd (working days), 15d (the same time so many days later), 30cd (calendar days)"
            )
        amount, unit = int(match[1]), match[2]
        if unit in WORKING_TIME:
            return cls(Unit.WORKING_TIME, amount * WORKING_TIME[unit], elapsed=False, text=text)
        if unit == "bd" and not amount:
            raise ValueError("0bd names no working day; write 1bd or more, or a time such as 4h")
        return cls(Unit(unit), amount, elapsed=unit != "bd", text=text)
