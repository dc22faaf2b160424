"""A run and its pauses in; when it is due, and when each share of its target is used up, out.

An extension counts from the instant at which it was granted, if the clock was not due before: what had passed by then
has passed. Everything here is integer microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.sla_monitor.domain.runs import Pause, Run
from services.worktime.targets import Unit

FOREVER = 1 << 62
LAST_TENTH = 90
"""The percentage of a clock's target at which its last tenth begins."""


class Deadline:
    """When ``run`` is ``due`` after ``pauses``, by what was granted up to an instant; it is paused since ``paused``."""

    def __init__(self, run: Run, pauses: Sequence[Pause], paused: int | None, granted_until: int = FOREVER) -> None:
        self._run = run
        self._pauses = pauses
        self._unpaused = run.clock.calendar.due(run.started, run.clock.target)
        """Without pauses and extensions."""
        self._grants: list[tuple[int, int]] = []
        """The instants and gains of the extensions that count."""
        self.due = self._unpaused
        if run.extensions:
            self._extend(paused, granted_until)
        elif pauses:
            self.due = self._after(self.due, pauses, 0)

    def share_at(self, percentage: int) -> int:
        """When ``percentage`` of the target is used up: of what it was at that instant."""
        calendar, target, started = self._run.clock.calendar, self._run.clock.target, self._run.started
        total = target.amount
        if target.unit is not Unit.WORKING_TIME:
            total = calendar.counted(started, self._unpaused, target)
        at = self._moved(calendar.share(started, total, percentage, target))
        for granted, gained in self._grants:
            if at <= granted:
                break
            total += gained
            at = self._moved(calendar.share(started, total, percentage, target))
        return at

    def _extend(self, paused: int | None, granted_until: int) -> None:
        calendar, target = self._run.clock.calendar, self._run.clock.target
        due, moved = self._unpaused, 0
        for granted, extension in self._run.extensions:
            if granted > granted_until:
                break
            earlier = [pause for pause in self._pauses if pause.paused < granted]
            due = self._after(due, earlier, moved)
            moved = len(earlier)
            if granted <= due or (paused is not None and paused < due):
                before, due = due, extension.applied(due, calendar)
                self._grants.append((granted, calendar.counted(before, due, target)))
        self.due = self._after(due, self._pauses, moved)

    def _after(self, due: int, pauses: Sequence[Pause], moved: int) -> int:
        """Where ``due``, which the first ``moved`` of ``pauses`` have moved, comes to lie after all of them."""
        calendar, target = self._run.clock.calendar, self._run.clock.target
        if not self._grants:
            return calendar.due_after_pauses(self._run.started, target, self._unpaused, pauses)
        for pause in pauses[moved:]:
            if pause.paused >= due:
                break
            due = calendar.postponed(due, pause.paused, pause.resumed, target)
        return due

    def _moved(self, at: int) -> int:
        for pause in self._pauses:
            if pause.paused >= at:
                break
            at = self._run.clock.calendar.moved(at, pause.paused, pause.resumed, self._run.clock.target)
        return at


def last_tenth(run: Run, now: int) -> range:
    """The instants from where 90 % of the target are used up to where all of it is, by what is known at ``now``."""
    over, since, _ = run.pauses_at(now)
    deadline = Deadline(run, over, since)
    return range(deadline.share_at(LAST_TENTH), deadline.due)
