"""From a complaint's answers and resolution cycles to the windows they count in, and from a change to signed counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from schemas.derived import Attribution, DimensionCounted
from schemas.ids import derived_id, unpack_id
from schemas.primitives import Event
from services.feedback.domain.answers import StoredAnswer
from services.feedback.domain.resolution_cycles import ResolutionCycle
from services.feedback.domain.rules import Rules
from services.feedback.domain.scores import count_score
from services.feedback.domain.window import CountedAnswer, WindowKey
from services.worktime.instants import instant


def count_answers(
    answers: Iterable[StoredAnswer], cycles: Iterable[ResolutionCycle], rules: Rules
) -> tuple[CountedAnswer, ...]:
    """Where the last answer about each resolved cycle counts, of answers in order."""
    last = {unpack_id(answer.cycle): answer for answer in answers}
    return tuple(
        sorted(
            counted
            for cycle in cycles
            if cycle.resolution is not None and cycle.event_id in last
            for counted in _count_answer(last[cycle.event_id], cycle.resolution.attribution, rules)
        )
    )


def find_held_answers(answers: Iterable[StoredAnswer], cycles: Iterable[ResolutionCycle]) -> list[StoredAnswer]:
    """The answers about a resolution that is not known."""
    resolved = {cycle.event_id for cycle in cycles if cycle.resolution is not None}
    return [answer for answer in answers if unpack_id(answer.cycle) not in resolved]


def subtract_counts(
    after: tuple[CountedAnswer, ...], before: tuple[CountedAnswer, ...], cause: Event, recorded_at: datetime
) -> tuple[DimensionCounted, ...]:
    """The signed counts that lead from ``before`` to ``after``, an event for each window that changes."""
    if before == after:
        return ()
    totals: dict[WindowKey, Counter[str]] = {}
    for sign, answers in ((-1, before), (1, after)):
        for window, score in answers:
            total = totals.setdefault(window, Counter())
            for name, count in count_score(score).items():
                total[name] += sign * count
    changes = (
        (window, {name: total[name] for name in sorted(total) if total[name]}) for window, total in totals.items()
    )
    return tuple(_make_event(window, counts, cause, recorded_at) for window, counts in sorted(changes) if counts)


def _count_answer(answer: StoredAnswer, attribution: Attribution, rules: Rules) -> Iterable[CountedAnswer]:
    """Every dimension, in the window of every width that holds the answer's instant."""
    at = instant(answer.occurred)
    for dimension, value in _read_dimensions(attribution).items():
        for width in rules.widths:
            window = WindowKey(rules.metric, dimension, value, *width.find_window(at, rules.zone))
            yield CountedAnswer(window, answer.score)


def _read_dimensions(attribution: Attribution) -> dict[str, str]:
    """The value of each dimension an answer counts in; one that is not known does not count."""
    return {"all": "all"} | ({"queue": attribution.queue} if attribution.queue else {})


def _make_event(window: WindowKey, counts: dict[str, int], cause: Event, recorded_at: datetime) -> DimensionCounted:
    content = ",".join(f"{name}={count}" for name, count in counts.items())
    return DimensionCounted(
        event_id=derived_id(cause.event_id, window.metric, window.text, content),
        occurred_at=cause.occurred_at,
        recorded_at=recorded_at,
        cause_event_id=cause.event_id,
        metric=window.metric,
        dimension=window.dimension,
        value=window.value,
        window_start=window.start,
        window_end=window.end,
        counts=counts,
    )
