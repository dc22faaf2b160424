"""The level of a clock's alert at each threshold, and whom it tells: a warning as it declares, a breach as its clock.

Thresholds are percentages of the target that are used up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from schemas.primitives import WarningLevel

BREACH = 100
"""The threshold at which a clock is due."""


class Contact(NamedTuple):
    """Whom an alert tells, and where it is written what to do."""

    owner: str
    runbook: str


class Warn(NamedTuple):
    """A warning as its policy declares it. Without an owner or a runbook of its own it has the clock's."""

    threshold: int
    level: WarningLevel
    owner: str | None
    runbook: str | None


def levels_by_threshold(warnings: Iterable[Warn]) -> tuple[tuple[int, WarningLevel], ...]:
    """The level of each warning, thresholds ascending."""
    return tuple(sorted((warning.threshold, warning.level) for warning in warnings))


def contacts_by_threshold(warnings: Iterable[Warn], clock: Contact) -> dict[int, Contact]:
    """Whom the alert of each threshold tells, the breach's included."""
    contacts = {one.threshold: Contact(one.owner or clock.owner, one.runbook or clock.runbook) for one in warnings}
    return contacts | {BREACH: clock}
