"""From what intake accepted, what the plan expects and what the topics hold, to one result for each number; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from redress.demo.observed import ObservedResults
from redress.demo.scenario import CLOCKS, QUEUES, ExpectedResults, PlannedComplaint
from schemas.derived import SlaBreached, SlaWarning


@dataclass(frozen=True)
class Accepted:
    """What intake answered with 202: how many complaints, lifecycle events and survey answers, and their ids."""

    complaints: int
    events: int
    answers: int
    event_ids: AbstractSet[str]
    reference_of: Mapping[str, str]


@dataclass(frozen=True)
class CheckResult:
    """One number, as the plan expects it and as it was found. ``detail`` says how they differ."""

    subject: str
    expected: str
    found: str
    detail: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the two are the same."""
        return self.expected == self.found and not self.detail


def check(
    planned: list[PlannedComplaint], expected: ExpectedResults, accepted: Accepted, observed: ObservedResults
) -> list[CheckResult]:
    """Compare every number that the demo checks, in the order in which a complaint meets them."""
    answered = sum(1 for one in planned for answer in one.answers if answer)
    return [
        _compare_numbers("complaints accepted", len(planned), accepted.complaints),
        _compare_numbers("lifecycle events accepted", sum(len(one.events) for one in planned), accepted.events),
        _compare_sets("accepted events in Kafka", accepted.event_ids, set(observed.accepted)),
        _compare_numbers("complaints routed", len(planned), len(observed.first_queues)),
        _compare_numbers(
            "complaints routed twice", 0, sum(1 for queues in observed.first_queues.values() if len(queues) > 1)
        ),
        *(
            _compare_sets(f"routed to {queue}", {one for one, is_in in expected.queue.items() if is_in == queue}, found)
            for queue, found in _name_complaints(_list_routed(observed), accepted).items()
        ),
        *(
            _compare_sets(f"still waiting in {queue}", expected.waiting.get(queue, set()), found)
            for queue, found in _name_complaints(
                {name: observed.list_queued().get(name, set()) for name in QUEUES}, accepted
            ).items()
        ),
        *(
            _compare_sets(f"clocks still open: {clock}", expected.open, found)
            for clock, found in _name_complaints(
                {clock: observed.list_open(clock) for clock in CLOCKS}, accepted
            ).items()
        ),
        *(
            _compare_sets(f"warnings: {clock}", expected.warned[clock], found)
            for clock, found in _name_complaints(_list_alerted(observed, SlaWarning), accepted).items()
        ),
        *(
            _compare_sets(f"breaches: {clock}", expected.breached[clock], found)
            for clock, found in _name_complaints(_list_alerted(observed, SlaBreached), accepted).items()
        ),
        _compare_numbers("surveys requested", sum(expected.surveys.values()), len(observed.surveys)),
        _compare_sets(
            "agents whose work surveys judge", _pair(expected.surveyed_agents), _pair(_list_agents(observed, accepted))
        ),
        _compare_numbers("survey answers accepted", answered, accepted.answers),
        *_compare_satisfaction(expected, observed),
        _compare_numbers("conclusions published twice", 0, observed.published_twice),
        _compare_numbers("dead letters", 0, sum(observed.dead_letters.values()), _format_counts(observed.dead_letters)),
    ]


def _compare_satisfaction(expected: ExpectedResults, observed: ObservedResults) -> list[CheckResult]:
    by_queue, everybody = observed.count_scores("queue"), observed.count_scores("all").get("all", (0, 0))
    total = tuple(map(sum, zip(*expected.scores.values(), strict=True))) or (0, 0)
    return [
        CheckResult("satisfied customers", _format_share(*total), _format_share(*everybody)),
        *(
            CheckResult(
                f"satisfied customers of {queue}",
                _format_share(*expected.scores.get(queue, (0, 0))),
                _format_share(*found),
            )
            for queue, found in ((name, by_queue.get(name, (0, 0))) for name in QUEUES)
        ),
    ]


def _format_share(answers: int, satisfied: int) -> str:
    return f"{satisfied} of {answers} ({satisfied / answers:.1%})" if answers else "0 of 0"


def _list_routed(observed: ObservedResults) -> dict[str, set[str]]:
    return {
        queue: {complaint for complaint, queues in observed.first_queues.items() if queues[0] == queue}
        for queue in sorted({*QUEUES, *observed.count_routed()})
    }


def _list_agents(observed: ObservedResults, accepted: Accepted) -> dict[str, set[str]]:
    """The agents of each complaint's surveys, by the front-end's reference."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for survey in observed.surveys.values():
        reference = accepted.reference_of.get(survey.complaint_id, survey.complaint_id)
        found[reference].add(survey.attribution.agent or "nobody")
    return found


def _pair(agents: Mapping[str, AbstractSet[str]]) -> set[str]:
    return {f"{agent} of {complaint}" for complaint, several in agents.items() for agent in several}


def _list_alerted(observed: ObservedResults, kind: type[SlaWarning | SlaBreached]) -> dict[str, set[str]]:
    return {clock: observed.list_alerted(kind, clock) for clock in CLOCKS}


def _name_complaints(found: Mapping[str, AbstractSet[str]], accepted: Accepted) -> dict[str, set[str]]:
    """Complaints by the front-end's references; one that the demo did not send keeps its id, which shows."""
    return {name: {accepted.reference_of.get(one, one) for one in complaints} for name, complaints in found.items()}


def _compare_numbers(subject: str, expected: int, found: int, detail: str = "") -> CheckResult:
    return CheckResult(subject, str(expected), str(found), detail)


def _compare_sets(subject: str, expected: AbstractSet[str], found: AbstractSet[str]) -> CheckResult:
    """Compare the members, not only their number."""
    missing, surplus = sorted(expected - found), sorted(found - expected)
    parts = [
        f"{len(ones)} {what}, such as {ones[0]}"
        for what, ones in (("missing", missing), ("not expected", surplus))
        if ones
    ]
    return CheckResult(subject, str(len(expected)), str(len(found)), "; ".join(parts))


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({times})" for name, times in sorted(counts.items()))
