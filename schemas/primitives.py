"""The types every event is made of: identifiers, instants, bounded text and the closed sets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
]
"""A UUID in its canonical lower-case text form. Kept as text: it is a Kafka key and is hashed as such."""

Instant = Annotated[AwareDatetime, Field(strict=True)]
"""An aware instant. Strict, because pydantic's lax mode reads the number 0 as 1970."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=100_000, pattern=r"^[^\x00]*$")]

Severity = Literal["low", "medium", "high", "critical"]
WarningLevel = Literal["low", "medium", "high"]
AlertLevel = Literal["low", "medium", "high", "critical"]
SurveyMetric = Literal["csat", "nps", "ces"]


class Frozen(BaseModel):
    """A value that never changes. Unknown fields are ignored: a consumer is tolerant, the door is strict."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")


class Event(Frozen):
    """What every event carries.

    ``occurred_at`` is when it happened, ``recorded_at`` when Redress accepted or derived it.
    """

    event_id: Identifier
    type: str
    occurred_at: Instant
    recorded_at: Instant
