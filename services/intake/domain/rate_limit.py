"""From a key's rate and when it asked before to whether it may ask now, or how long it waits.

This is the generic cell rate algorithm (ITU-T I.371, annex A): a token bucket whose whole state is one instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

SECOND = 1_000_000_000
"""In nanoseconds, in which all times here are: of whole numbers no fraction is lost."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` requests in the long run, and ``burst`` of them at once after a rest."""

    per_second: float
    burst: int


class Taken(NamedTuple):
    """``wait`` is 0 where the request is allowed. ``paid_until`` is what to give with the next one."""

    paid_until: int
    wait: int


def take(rate: Rate, paid_until: int, now: int) -> Taken:
    """One request at ``now``, of a clock that never goes back. ``paid_until`` is 0 before the first."""
    interval = round(SECOND / rate.per_second)
    then = max(paid_until, now) + interval
    wait = then - now - rate.burst * interval
    return Taken(paid_until, wait) if wait > 0 else Taken(then, 0)
