"""From what was sent, what was expected of it and what the topics hold, to findings that agree or do not; pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from redress.demo.observed import Observed
from redress.demo.scenario import CLOCKS, QUEUES, Expected, Planned
from schemas.derived import SlaBreached, SlaWarning


@dataclass(frozen=True)
class Sent:
    """What intake answered with 202: complaints, lifecycle events, survey answers, and the ids it gave them."""

    complaints: int
    events: int
    answers: int
    event_ids: AbstractSet[str]
    reference_of: Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """One thing that was counted twice: by the plan and in the topics. ``detail`` says how they differ."""

    subject: str
    expected: str
    found: str
    detail: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.expected == self.found and not self.detail


def findings(planned: list[Planned], expected: Expected, sent: Sent, observed: Observed) -> list[Finding]:
    """Everything that the demo checks, in the order in which a complaint meets it."""
    kept = set(observed.kept)
    answered = sum(1 for one in planned for answer in one.answers if answer)
    return [
        _number("complaints accepted", len(planned), sent.complaints),
        _number("lifecycle events accepted", sum(len(one.events) for one in planned), sent.events),
        _same("accepted events in Kafka", sent.event_ids, kept),
        _number("complaints routed", len(planned), len(observed.received)),
        _number("complaints routed twice", 0, sum(1 for queues in observed.received.values() if len(queues) > 1)),
        *(
            _same(f"routed to {queue}", {one for one, is_in in expected.queue.items() if is_in == queue}, found)
            for queue, found in _references(_by_queue(observed), sent).items()
        ),
        *(
            _same(f"still waiting in {queue}", expected.waiting.get(queue, set()), found)
            for queue, found in _references(
                {name: observed.waiting().get(name, set()) for name in QUEUES}, sent
            ).items()
        ),
        *(
            _same(f"clocks still open: {clock}", expected.open, found)
            for clock, found in _references({clock: observed.open(clock) for clock in CLOCKS}, sent).items()
        ),
        *(
            _same(f"warnings: {clock}", expected.warned[clock], found)
            for clock, found in _references(_standing(observed, SlaWarning), sent).items()
        ),
        *(
            _same(f"breaches: {clock}", expected.breached[clock], found)
            for clock, found in _references(_standing(observed, SlaBreached), sent).items()
        ),
        _number("surveys requested", sum(expected.surveys.values()), len(observed.surveys)),
        _number("survey answers accepted", answered, sent.answers),
        *_satisfaction(expected, observed),
        _number("conclusions published twice", 0, observed.repeated),
        _number("dead letters", 0, sum(observed.dead_letters.values()), _listed(observed.dead_letters)),
    ]


def _satisfaction(expected: Expected, observed: Observed) -> list[Finding]:
    by_queue, everybody = observed.scores("queue"), observed.scores("all").get("all", (0, 0))
    total = tuple(map(sum, zip(*expected.scores.values(), strict=True))) or (0, 0)
    return [
        Finding("satisfied customers", _share(*total), _share(*everybody)),
        *(
            Finding(f"satisfied customers of {queue}", _share(*expected.scores.get(queue, (0, 0))), _share(*found))
            for queue, found in ((name, by_queue.get(name, (0, 0))) for name in QUEUES)
        ),
    ]


def _share(answers: int, satisfied: int) -> str:
    return f"{satisfied} of {answers} ({satisfied / answers:.1%})" if answers else "0 of 0"


def _by_queue(observed: Observed) -> dict[str, set[str]]:
    return {
        queue: {complaint for complaint, queues in observed.received.items() if queues[0] == queue}
        for queue in sorted({*QUEUES, *observed.routed()})
    }


def _standing(observed: Observed, kind: type[SlaWarning | SlaBreached]) -> dict[str, set[str]]:
    return {clock: observed.standing(kind, clock) for clock in CLOCKS}


def _references(found: Mapping[str, AbstractSet[str]], sent: Sent) -> dict[str, set[str]]:
    """The same with the front-end's references; a complaint the demo never sent keeps its id, and stands out."""
    return {name: {sent.reference_of.get(one, one) for one in complaints} for name, complaints in found.items()}


def _number(subject: str, expected: int, found: int, detail: str = "") -> Finding:
    return Finding(subject, str(expected), str(found), detail)


def _same(subject: str, expected: AbstractSet[str], found: AbstractSet[str]) -> Finding:
    """Not only as many: the very same."""
    missing, surplus = sorted(expected - found), sorted(found - expected)
    parts = [
        f"{len(ones)} {what}, such as {ones[0]}"
        for what, ones in (("missing", missing), ("not expected", surplus))
        if ones
    ]
    return Finding(subject, str(len(expected)), str(len(found)), "; ".join(parts))


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({times})" for name, times in sorted(counts.items()))
