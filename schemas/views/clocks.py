"""From the records of sla-clocks to the clocks of every complaint, those that are open, and which is due next."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.derived import ClockStatus, SlaClocksChanged
from schemas.views.latest_by_key import LatestByKey


class OpenClock(NamedTuple):
    """A clock that has started and not ended, and whose it is."""

    complaint_id: str
    status: ClockStatus


class Clocks(LatestByKey[SlaClocksChanged]):
    """All clocks. ``by_key`` holds the last SlaClocksChanged by complaint_id; how to add records: LatestByKey.

    The topic keeps 90 days by default: a complaint whose clocks did not change for longer is not in it.

    >>> clocks = Clocks()
    >>> clocks.add(changed.complaint_id, changed)
    >>> [(clock.complaint_id, clock.status.clock, clock.status.state) for clock in clocks.open]
    [('0b5c...', 'first_response', 'breached'), ('0b5c...', 'resolution', 'running')]
    >>> clocks.next_due.status.due_at
    datetime.datetime(2026, 11, 5, 10, 0, tzinfo=datetime.timezone.utc)
    """

    @property
    def open(self) -> list[OpenClock]:
        """The clocks that run, are paused, or ran past their due instant and have not ended yet."""
        return [
            OpenClock(complaint_id, status)
            for complaint_id, changed in self._latest.items()
            for status in changed.clocks
            if _is_open(status)
        ]

    @property
    def next_due(self) -> OpenClock | None:
        """The running clock with the earliest ``due_at``; a paused clock has none, and a breached one's has passed."""
        running = (clock for clock in self.open if clock.status.state == "running" and clock.status.due_at is not None)
        return min(running, key=_due_order, default=None)


def _is_open(status: ClockStatus) -> bool:
    """A breached clock says its overrun only when it has ended."""
    return status.state in ("running", "paused") or (status.state == "breached" and status.overrun_seconds is None)


def _due_order(clock: OpenClock) -> tuple[datetime | None, str, str, str]:
    return clock.status.due_at, clock.complaint_id, clock.status.clock, clock.status.cycle
