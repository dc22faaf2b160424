"""From a survey's answer to what a complaint's row keeps of it; of many answers, those that still matter."""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import SurveyAnswered
from schemas.ids import pack_id
from schemas.primitives import SurveyMetric
from services.feedback.domain.invalid_event import InvalidEvent
from services.feedback.domain.scores import is_valid_score
from services.worktime.instants import microseconds

MAX_ANSWERS = 100
"""More about one complaint are votes that nobody asked for; the last ones stand."""


class StoredAnswer(NamedTuple):
    """An answer with a score about one resolution cycle. Instants are microseconds since 1970.

    Answers compare in the order in which a later one replaces an earlier one.
    """

    occurred: int
    event_id: bytes
    recorded: int
    cycle: bytes
    score: int


def make_stored_answer(event: SurveyAnswered, metric: SurveyMetric) -> StoredAnswer | None:
    """What to keep of an answer; None for one without a score, which is no answer. Raises InvalidEvent."""
    if event.score is None:
        return None
    if event.metric != metric:
        raise InvalidEvent("other_metric", f"/metric: this deployment asks for {metric}")
    if not is_valid_score(metric, event.score):
        raise InvalidEvent("score_out_of_range", f"/score: no score of {metric}")
    return StoredAnswer(
        microseconds(event.occurred_at),
        pack_id(event.event_id),
        microseconds(event.recorded_at),
        pack_id(event.cycle),
        event.score,
    )


def insert_answer(answers: tuple[StoredAnswer, ...], added: StoredAnswer) -> tuple[StoredAnswer, ...]:
    """The answers in order, ``added`` among them. Of two copies the one recorded first stands, or the lower."""
    known = {answer.event_id: answer for answer in answers}
    copy = known.get(added.event_id)
    known[added.event_id] = added if copy is None else min(copy, added, key=_precedence)
    return tuple(sorted(known.values())[-MAX_ANSWERS:])


def _precedence(answer: StoredAnswer) -> tuple[int, StoredAnswer]:
    return answer.recorded, answer
