"""What the monitor makes of complaints under two books of policies in; who breached, and what was attained, out.

A cycle is decided when its due instant has come, or when its work was done no later than that: it is then breached or
met. One that was cancelled or ended before it was due, that is not due yet, or that is due beyond the years of its
calendar, is not decided and enters no denominator.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from schemas.ids import unpack_id
from services.sla_monitor.domain.alerts.standing import Assessment
from services.sla_monitor.domain.policy.alert_levels import BREACH
from services.sla_monitor.review.recorded_events import BeyondYears, Conclusion, cycle_of
from services.worktime.instants import SECOND, text

ClockOutcome = Literal["breached", "beyond_calendar", "open", "met", "ended", "cancelled", "absent"]
WORST_FIRST: tuple[ClockOutcome, ...] = (
    "breached",
    "beyond_calendar",
    "open",
    "met",
    "ended",
    "cancelled",
    "absent",
)
DIMENSIONS = ("overall", "queue", "category", "week")


class Place(NamedTuple):
    """What attainment is counted by: a clock, and one value of a dimension (None where nothing is known)."""

    clock: str
    value: str | None


class Comparison:
    """Counts as complaints are added, each under the current and under the candidate policies."""

    def __init__(self) -> None:
        self._complaints = 0
        self._breached: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._attained: dict[str, defaultdict[Place, Counter[tuple[str, ClockOutcome]]]] = {
            dimension: defaultdict(Counter) for dimension in DIMENSIONS
        }

    def add(self, current: Conclusion, candidate: Conclusion) -> list[dict[str, Any]]:
        """Count one complaint; the clocks whose outcome differs, each with how it came out under both."""
        self._complaints += 1
        sides = {"current": current, "candidate": candidate}
        for side, conclusion in sides.items():
            self._count_attained(side, conclusion)
        worst = {side: _worst(conclusion.answers) for side, conclusion in sides.items()}
        differences = []
        for clock in sorted(worst["current"].keys() | worst["candidate"].keys()):
            said = {side: _describe(by_clock.get(clock)) for side, by_clock in worst.items()}
            self._count_breached(clock, said)
            if said["current"]["outcome"] != said["candidate"]["outcome"]:
                named = {"complaint_id": current.complaint_id, "clock": clock, "category": current.category}
                differences.append(named | said)
        return differences

    def as_json(self) -> dict[str, Any]:
        """All that was counted: complaints with a breach per clock, and decided cycles per place."""
        return {
            "complaints": self._complaints,
            "breached": [
                {"clock": clock}
                | {name: counts[name] for name in ("current", "candidate", "both", "only_current", "only_candidate")}
                for clock, counts in sorted(self._breached.items())
            ],
            "attainment": {dimension: list(self._rows(dimension)) for dimension in DIMENSIONS},
        }

    def _count_breached(self, clock: str, said: dict[str, dict[str, Any]]) -> None:
        breached = [side for side in ("current", "candidate") if said[side]["outcome"] == "breached"]
        counts = self._breached[clock]
        counts.update(breached)
        if breached:
            counts["both" if len(breached) == 2 else f"only_{breached[0]}"] += 1

    def _count_attained(self, side: str, conclusion: Conclusion) -> None:
        for assessment in conclusion.assessments:
            cycle, due = assessment.standing.cycle, assessment.standing.due
            outcome = _outcome(assessment)
            if outcome not in ("met", "breached") or due is None:
                continue
            decided = due if cycle.ended is None else min(due, cycle.ended)
            year, week, _ = cycle.clock.calendar.local_date(due).isocalendar()
            values = (None, conclusion.complaint.queue_at(decided), conclusion.category, f"{year}-W{week:02}")
            for dimension, value in zip(DIMENSIONS, values, strict=True):
                self._attained[dimension][Place(cycle.clock.name, value)][side, outcome] += 1

    def _rows(self, dimension: str) -> Iterator[dict[str, Any]]:
        """By clock and value, what nothing is known of first."""
        attained = self._attained[dimension]
        for place in sorted(attained, key=lambda place: (place.clock, place.value or "")):
            named = {"clock": place.clock} | ({} if dimension == "overall" else {dimension: place.value})
            yield named | {side: _share(attained[place], side) for side in ("current", "candidate")}


def _outcome(assessment: Assessment | BeyondYears) -> ClockOutcome:
    if isinstance(assessment, BeyondYears):
        return "beyond_calendar"
    if any(alert.threshold == BREACH for alert in assessment.alerts):
        return "breached"
    state = assessment.standing.state
    return state if state in ("met", "ended", "cancelled") else "open"


def _worst(answers: list[Assessment | BeyondYears]) -> dict[str, Assessment | BeyondYears]:
    """Of each clock's cycles the one that came out worst, the first of several."""
    worst: dict[str, Assessment | BeyondYears] = {}
    for answer in sorted(answers, key=lambda answer: WORST_FIRST.index(_outcome(answer))):
        worst.setdefault(cycle_of(answer).clock.name, answer)
    return worst


def _describe(answer: Assessment | BeyondYears | None) -> dict[str, Any]:
    """How a clock came out; a policy without it has it absent."""
    if answer is None:
        return {"outcome": "absent"}
    cycle = cycle_of(answer)
    standing = answer.standing if isinstance(answer, Assessment) else None
    return {
        "outcome": _outcome(answer),
        "policy": cycle.clock.policy,
        "cycle": unpack_id(cycle.cycle_id),
        "due_at": None if standing is None or standing.due is None else text(standing.due),
        "overrun_seconds": None if standing is None or standing.overrun is None else standing.overrun / SECOND,
    }


def _share(counts: Counter[tuple[str, ClockOutcome]], side: str) -> dict[str, Any]:
    met, breached = counts[side, "met"], counts[side, "breached"]
    decided = met + breached
    return {"met": met, "decided": decided, "share": met / decided if decided else None}
