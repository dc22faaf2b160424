"""From a customer's answer and the survey's token to the event that is kept, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.derived import SurveyAnswered, SurveyPersonal
from schemas.messages import Message
from schemas.primitives import SurveyMetric
from schemas.survey_token import InvalidSurveyToken, SurveyClaims, SurveyKeys, verify
from services.intake.domain.arrivals import (
    NO_CHANNEL,
    SKEW,
    Accepted,
    Arrival,
    check_complaint,
    check_occurred_at,
    check_scope,
)
from services.intake.domain.identity import identify_event
from services.intake.domain.refusals import InvalidField, RequestRefused
from services.intake.domain.request_models import SurveyAnswer

SCORES: dict[SurveyMetric, tuple[int, int]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}
"""The lowest and highest answer to each question, as the metrics' authors define them."""


@dataclass(frozen=True, slots=True)
class Surveys:
    """The keys that sign surveys, and whether they expire in stream time: by the answer's own instant."""

    keys: SurveyKeys
    stream_time: bool


def accept_survey_answer(given: SurveyAnswer, survey_id: str, surveys: Surveys, arrival: Arrival) -> Accepted:
    """A customer's answer to the survey that ``survey_id`` vouches for. Raises RequestRefused."""
    check_scope(arrival.sender, ("survey-answers",), arrival.now)
    occurred_at = check_occurred_at(given.occurred_at, arrival.now)
    claims = verify_survey(survey_id, surveys.keys, occurred_at if surveys.stream_time else arrival.now)
    if arrival.sender.is_test:
        check_complaint(claims.complaint_id, arrival.sender)
    if occurred_at < claims.issued_at - SKEW:
        detail = "before its survey was asked for; leave it out where it is now"
        raise InvalidField("/occurred_at", detail)
    lowest, highest = SCORES[claims.metric]
    if given.score is not None and not lowest <= given.score <= highest:
        raise InvalidField(
            "/score",
            Message(
                "{metric} is answered with {lowest} to {highest}, or null",
                metric=claims.metric,
                lowest=lowest,
                highest=highest,
            ),
        )
    ids = identify_event(
        claims.complaint_id,
        "survey_answered",
        claims.cycle,
        claims.metric,
        idempotency_key=arrival.idempotency_key,
        fresh_id=arrival.sender.fresh_id,
    )
    event = SurveyAnswered(
        event_id=ids.event_id,
        complaint_id=claims.complaint_id,
        occurred_at=occurred_at,
        recorded_at=arrival.now,
        survey_id=survey_id,
        cycle=claims.cycle,
        metric=claims.metric,
        score=given.score,
        personal=SurveyPersonal(comment=given.comment),
    )
    return Accepted(event, claims.complaint_id, NO_CHANNEL, ids.duplicate_safe)


def verify_survey(survey_id: str, keys: SurveyKeys, at: datetime) -> SurveyClaims:
    """What the survey vouches for, if it can be answered ``at`` an instant. Raises RequestRefused."""
    try:
        return verify(survey_id, keys, at)
    except InvalidSurveyToken as error:
        if error.reason == "expired":
            raise RequestRefused("survey_expired", "This survey can no longer be answered") from None
        raise RequestRefused("unknown_survey", "There is no such survey") from None
