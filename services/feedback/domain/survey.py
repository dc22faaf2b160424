"""Surveys: a resolved cycle and the time go in; whether its customer is asked, and why or why not, comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.derived import SurveyRequested
from schemas.ids import derived_id
from schemas.survey_token import SurveyClaims, SurveyKeys, sign
from services.feedback.domain.cycles import Cycle, Resolution
from services.feedback.domain.rules import Rules

Asking = Literal["requested", "reopened", "withdrawn", "not_sampled", "channel_unknown", "window_over"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision to ask a customer or not; ``request`` stands beside the reason ``requested`` alone."""

    reason: Asking
    request: SurveyRequested | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The one survey of a resolved cycle."""

    complaint_id: str
    cycle: Cycle
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

    def ask(self, now: datetime, recorded_at: datetime, keys: SurveyKeys) -> Asked:
        """What is decided once ``ask_at`` has come. Of what ended the cycle, only what did so before counts."""
        expires_at = self.expires_at
        if self.cycle.ended is not None and self.cycle.ended[0] <= self.ask_at:
            return Asked(self.cycle.ended[1])
        if expires_at is None:
            return Asked("channel_unknown")
        if not self.rules.sampled(self.complaint_id, self.cycle.event_id):
            return Asked("not_sampled")
        if now >= expires_at:
            return Asked("window_over")
        return Asked("requested", self._request(expires_at, recorded_at, keys))

    def _request(self, expires_at: datetime, recorded_at: datetime, keys: SurveyKeys) -> SurveyRequested:
        claims = SurveyClaims(
            complaint_id=self.complaint_id,
            cycle=self.cycle.event_id,
            metric=self.rules.metric,
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
