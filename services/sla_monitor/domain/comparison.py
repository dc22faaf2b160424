"""What the monitor makes of complaints under two books of policies in; who breached, and what was attained, out.

A cycle is decided when its due instant has come, or when its work was done no later than that: it is then breached or
met. One that was cancelled before it was due, or is not due yet, is not decided and enters no denominator.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from services.sla_monitor.domain.assessment import Assessment
from services.sla_monitor.domain.entries import identifier_text
from services.sla_monitor.domain.history import Conclusion
from services.sla_monitor.domain.policies import BREACH
from services.worktime.instants import SECOND, text

Outcome = Literal["breached", "open", "met", "cancelled", "absent"]
WORST_FIRST: tuple[Outcome, ...] = ("breached", "open", "met", "cancelled", "absent")
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
        self._attained: dict[str, defaultdict[Place, Counter[tuple[str, Outcome]]]] = {
            dimension: defaultdict(Counter) for dimension in DIMENSIONS
        }

    def add(self, current: Conclusion, candidate: Conclusion) -> list[dict[str, Any]]:
        """Count one complaint; the clocks whose outcome differs, each with how it came out under both."""
        self._complaints += 1
        sides = {"current": current, "candidate": candidate}
        for side, conclusion in sides.items():
            self._count_attained(side, conclusion)
        worst = {side: _worst(conclusion.assessments) for side, conclusion in sides.items()}
        differences = []
        for clock in sorted(worst["current"].keys() | worst["candidate"].keys()):
            told = {side: _told(by_clock.get(clock)) for side, by_clock in worst.items()}
            self._count_breached(clock, told)
            if told["current"]["outcome"] != told["candidate"]["outcome"]:
                named = {"complaint_id": current.complaint_id, "clock": clock, "category": current.category}
                differences.append(named | told)
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

    def _count_breached(self, clock: str, told: dict[str, dict[str, Any]]) -> None:
        breached = [side for side in ("current", "candidate") if told[side]["outcome"] == "breached"]
        counts = self._breached[clock]
        counts.update(breached)
        if breached:
            counts["both" if len(breached) == 2 else f"only_{breached[0]}"] += 1

    def _count_attained(self, side: str, conclusion: Conclusion) -> None:
        for assessment in conclusion.assessments:
            run, due = assessment.standing.run, assessment.standing.due
            outcome = _outcome(assessment)
            if outcome not in ("met", "breached") or due is None:
                continue
            decided = due if run.ended is None else min(due, run.ended)
            year, week, _ = run.clock.calendar.local_date(due).isocalendar()
            values = (None, conclusion.seen.queue_at(decided), conclusion.category, f"{year}-W{week:02}")
            for dimension, value in zip(DIMENSIONS, values, strict=True):
                self._attained[dimension][Place(run.clock.name, value)][side, outcome] += 1

    def _rows(self, dimension: str) -> Iterator[dict[str, Any]]:
        """By clock and value, what nothing is known of first."""
        attained = self._attained[dimension]
        for place in sorted(attained, key=lambda place: (place.clock, place.value or "")):
            named = {"clock": place.clock} | ({} if dimension == "overall" else {dimension: place.value})
            yield named | {side: _share(attained[place], side) for side in ("current", "candidate")}


def _outcome(assessment: Assessment) -> Outcome:
    if any(alert.threshold == BREACH for alert in assessment.alerts):
        return "breached"
    if assessment.standing.state == "stopped":
        return "met"
    return "cancelled" if assessment.standing.state == "cancelled" else "open"


def _worst(assessments: list[Assessment]) -> dict[str, Assessment]:
    """Of each clock's cycles the one that came out worst, the first of several."""
    worst: dict[str, Assessment] = {}
    for assessment in sorted(assessments, key=lambda assessment: WORST_FIRST.index(_outcome(assessment))):
        worst.setdefault(assessment.standing.run.clock.name, assessment)
    return worst


def _told(assessment: Assessment | None) -> dict[str, Any]:
    """How a clock came out; a policy without it has it absent."""
    if assessment is None:
        return {"outcome": "absent"}
    standing, run = assessment.standing, assessment.standing.run
    return {
        "outcome": _outcome(assessment),
        "policy": run.clock.policy,
        "cycle": identifier_text(run.cycle),
        "due_at": None if standing.due is None else text(standing.due),
        "overrun_seconds": None if standing.overrun is None else standing.overrun / SECOND,
    }


def _share(counts: Counter[tuple[str, Outcome]], side: str) -> dict[str, Any]:
    met, breached = counts[side, "met"], counts[side, "breached"]
    decided = met + breached
    return {"met": met, "decided": decided, "share": met / decided if decided else None}
