"""From a resolved cycle and the time to whether its customer is asked, and why or why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.derived import SurveyRequested
from schemas.ids import derived_id
from schemas.survey_token import SurveyClaims, SurveyKeys, sign
from services.feedback.domain.resolution_cycles import Resolution, ResolutionCycle
from services.feedback.domain.rules import Rules

SurveyReason = Literal["requested", "reopened", "withdrawn", "not_sampled", "channel_unknown", "window_over"]


@dataclass(frozen=True, slots=True)
class SurveyDecision:
    """A decision to ask a customer or not; ``request`` stands beside the reason ``requested`` alone."""

    reason: SurveyReason
    request: SurveyRequested | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The one survey of a resolved cycle."""

    complaint_id: str
    cycle: ResolutionCycle
    resolution: Resolution
    rules: Rules

    @property
    def ask_at(self) -> datetime:
        """When the customer is to be asked."""
        return self.resolution.at + self.rules.ask_after

    @property
    def expires_at(self) -> datetime | None:
        """When the reply window of the channel is over, which opens at the resolution. No such channel: None."""
        window = self.rules.reply_windows.get(self.resolution.channel)
        return None if window is None else self.resolution.at + window

    def decide(self, now: datetime, recorded_at: datetime, keys: SurveyKeys) -> SurveyDecision:
        """What is decided once ``ask_at`` has come. Of what ended the cycle, only what did so before counts."""
        expires_at = self.expires_at
        end = self.cycle.end
        if end is not None and end.at <= self.ask_at:
            return SurveyDecision(end.reason)
        if expires_at is None:
            return SurveyDecision("channel_unknown")
        if not self.rules.is_sampled(self.complaint_id, self.cycle.event_id):
            return SurveyDecision("not_sampled")
        if now >= expires_at:
            return SurveyDecision("window_over")
        return SurveyDecision("requested", self._make_request(expires_at, recorded_at, keys))

    def _make_request(self, expires_at: datetime, recorded_at: datetime, keys: SurveyKeys) -> SurveyRequested:
        claims = SurveyClaims(
            complaint_id=self.complaint_id,
            cycle=self.cycle.event_id,
            metric=self.rules.metric,
            issued_at=self.ask_at,
            expires_at=expires_at,
        )
        return SurveyRequested(
            event_id=derived_id(self.complaint_id, self.cycle.event_id, "survey"),
            occurred_at=self.ask_at,
            recorded_at=recorded_at,
            cause_event_id=self.resolution.event_id,
            complaint_id=self.complaint_id,
            survey_id=sign(claims, keys),
            cycle=self.cycle.event_id,
            metric=self.rules.metric,
            channel=self.resolution.channel,
            attribution=self.resolution.attribution,
            expires_at=expires_at,
        )


def plan_surveys(complaint_id: str, cycles: Iterable[ResolutionCycle], rules: Rules) -> list[Survey]:
    """The survey of each resolved cycle."""
    return [Survey(complaint_id, cycle, cycle.resolution, rules) for cycle in cycles if cycle.resolution is not None]
