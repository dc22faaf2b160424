"""From what a front-end sends, who it is and the instant, to the event that Redress keeps, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import events
from schemas.derived import SurveyAnswered, SurveyPersonal
from schemas.personal import ComplaintPersonal
from schemas.primitives import ReportedEvent, SurveyMetric
from schemas.survey_token import InvalidSurveyToken, SurveyClaims, SurveyKeys, verify
from services.intake.domain import identity
from services.intake.domain.door import EVENTS, Door, SurveyAnswer
from services.intake.domain.refusals import Fault, Place, Refused

SKEW = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""

SCORES: dict[SurveyMetric, tuple[int, int]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}
"""The lowest and highest answer to each question, as the metrics' authors define them."""

NO_CHANNEL = "none"
"""Stands for the channel of what was not sent through one."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the owner of the API key, the channels it may use, and where new ids come from."""

    owner: str
    channels: frozenset[str]
    fresh_id: identity.FreshId


@dataclass(frozen=True, slots=True)
class Arrival:
    """The circumstances of a request."""

    sender: Sender
    idempotency_key: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Surveys:
    """The keys that sign surveys, and whether they expire in stream time: by the answer's own instant."""

    keys: SurveyKeys
    stream_time: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is to be kept. ``duplicate_safe``: the same request again would be the same event."""

    event: ReportedEvent
    complaint_id: str
    channel: str
    duplicate_safe: bool


def complaint(given: Door, arrival: Arrival) -> Accepted:
    """A new complaint; what can name a person moves into ``personal``. Raises Refused."""
    sender, fields = arrival.sender, {**vars(given)}
    channel = fields["channel"]
    check_channel(channel, sender)
    occurred_at = _occurred_at(fields.pop("occurred_at"), arrival.now)
    customer = fields.pop("customer")
    personal = ComplaintPersonal(
        subject=fields.pop("subject"),
        body=fields.pop("body"),
        name=customer.name,
        contact=customer.contact,
        representative=fields.pop("representative"),
        attributes=fields.pop("attributes"),
    )
    ids = identity.of_complaint(sender.owner, channel, fields["external_ref"], arrival.idempotency_key, sender.fresh_id)
    event = events.ComplaintReceived(
        event_id=ids.event_id,
        complaint_id=ids.complaint_id,
        occurred_at=occurred_at,
        recorded_at=arrival.now,
        customer=events.Customer(id=customer.id, tier=customer.tier, language=customer.language),
        personal=personal,
        **fields,
    )
    return Accepted(event, ids.complaint_id, channel, ids.duplicate_safe)


def lifecycle_event(given: Door, complaint_id: str, arrival: Arrival, channel: str = NO_CHANNEL) -> Accepted:
    """Something that happened to a complaint, told through ``channel``. Raises Refused."""
    fields = {**vars(given)}
    event_type = fields["type"]
    if fields.get("channel") is not None:
        check_channel(fields["channel"], arrival.sender)
    if event_type == "deadline_extended" and (fields["until"] is None) == (fields["by"] is None):
        raise invalid("/until", "give either until or by")
    occurred_at = _occurred_at(fields.pop("occurred_at"), arrival.now)
    ids = identity.of_event(complaint_id, event_type, arrival.idempotency_key, arrival.sender.fresh_id)
    event = EVENTS[event_type].model_validate(
        {
            **fields,
            "event_id": ids.event_id,
            "complaint_id": complaint_id,
            "occurred_at": occurred_at,
            "recorded_at": arrival.now,
        },
        by_name=True,
    )
    return Accepted(event, complaint_id, channel, ids.duplicate_safe)


def channel_event(given: Door, channel: str, external_ref: str, arrival: Arrival) -> Accepted:
    """Something that happened to the sender's own complaint ``external_ref``. Raises Refused."""
    complaint_id = identity.referenced_complaint(arrival.sender.owner, channel, external_ref)
    return lifecycle_event(given, complaint_id, arrival, channel)


def survey_answer(given: SurveyAnswer, survey_id: str, surveys: Surveys, arrival: Arrival) -> Accepted:
    """A customer's answer to the survey that ``survey_id`` vouches for. Raises Refused."""
    occurred_at = _occurred_at(given.occurred_at, arrival.now)
    claims = _claims(survey_id, surveys.keys, occurred_at if surveys.stream_time else arrival.now)
    lowest, highest = SCORES[claims.metric]
    if given.score is not None and not lowest <= given.score <= highest:
        raise invalid("/score", f"{claims.metric} is answered with {lowest} to {highest}, or null")
    ids = identity.of_event(claims.complaint_id, "survey_answered", arrival.idempotency_key, arrival.sender.fresh_id)
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


def bulk_line(given: Door, sender: Sender, now: datetime) -> Accepted:
    """One line of a bulk body: a complaint, or an event with the complaint it happened to. Raises Refused."""
    line = vars(given)
    arrival = Arrival(sender, line["idempotency_key"], now)
    if (line["complaint"] is None) == (line["event"] is None):
        raise invalid("", "give either complaint or event")
    if line["event"] is not None:
        complaint_id = _addressed(line, sender)
        try:
            return lifecycle_event(line["event"], complaint_id, arrival, line["channel"] or NO_CHANNEL)
        except Refused as refused:
            raise refused.inside("/event") from None
    if any(line[name] is not None for name in ("complaint_id", "channel", "external_ref")):
        raise invalid("", "complaint_id, channel and external_ref name an event's complaint; write them inside")
    try:
        return complaint(line["complaint"], arrival)
    except Refused as refused:
        raise refused.inside("/complaint") from None


def check_channel(channel: str, sender: Sender, place: Place = "pointer") -> None:
    """Raises Refused unless ``sender`` may use ``channel``."""
    if channel not in sender.channels:
        where = "/channel" if place == "pointer" else "channel"
        detail = "there is no such channel; there are " + ", ".join(sorted(sender.channels))
        raise Refused("unknown_channel", "The channel is not one of this deployment's", Fault(where, detail, place))


def invalid(where: str, detail: str, place: Place = "pointer") -> Refused:
    """A refusal of one field."""
    return Refused("invalid", "A field is wrong", Fault(where, detail, place))


def _addressed(line: dict[str, Any], sender: Sender) -> str:
    """The id of the complaint to which a bulk line's event happened."""
    complaint_id, channel, external_ref = line["complaint_id"], line["channel"], line["external_ref"]
    if complaint_id is not None and channel is None and external_ref is None:
        return str(complaint_id)
    if complaint_id is not None or channel is None or external_ref is None:
        raise invalid("", "an event needs either complaint_id, or channel and external_ref")
    check_channel(channel, sender)
    return identity.referenced_complaint(sender.owner, channel, external_ref)


def _occurred_at(given: datetime | None, now: datetime) -> datetime:
    if given is None:
        return now
    if given > now + SKEW:
        detail = f"more than {SKEW // timedelta(minutes=1)} minutes ahead of this server's clock"
        raise Refused("in_the_future", "An event cannot have happened yet", Fault("/occurred_at", detail))
    return given.astimezone(UTC)


def _claims(survey_id: str, keys: SurveyKeys, at: datetime) -> SurveyClaims:
    try:
        return verify(survey_id, keys, at)
    except InvalidSurveyToken as error:
        if error.reason == "expired":
            raise Refused("survey_expired", "This survey can no longer be answered") from None
        raise Refused("unknown_survey", "There is no such survey") from None
