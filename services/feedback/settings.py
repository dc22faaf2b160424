"""Environment and files go in, validated; what the domain needs to know of its deployment comes out."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from schemas.primitives import Name
from schemas.survey_token import SurveyKeys
from services.feedback.domain.complaint import KEPT_WHEN_OVER
from services.feedback.domain.rules import Rules
from services.feedback.domain.widths import Width
from services.runtime.settings import RuntimeSettings, config_folder
from services.runtime.yaml_files import ConfigError, load

_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(text: object) -> timedelta:
    match = _DURATION.fullmatch(str(text))
    if match is None:
        raise ValueError("write a whole number and a unit: 90s, 10m, 4h or 14d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such IANA time zone: write one such as Europe/Lisbon or UTC") from None


def _once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("a name stands here twice: keep one")
    return names


def _width(text: str) -> str:
    Width.parse(text)
    return text


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$"}),
]
WidthName = Annotated[str, AfterValidator(_width)]


class FeedbackFile(BaseModel):
    """feedback.yaml."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    version: Name
    metric: Literal["csat"]
    ask_after: Duration
    sample: Annotated[float, Field(ge=0, le=1)]
    windows: Annotated[list[WidthName], Field(min_length=1, max_length=8), AfterValidator(_once)]
    zone: Annotated[ZoneInfo, BeforeValidator(_zone)]
    lateness: Duration

    @model_validator(mode="after")
    def _asked_while_remembered(self) -> FeedbackFile:
        if self.ask_after > KEPT_WHEN_OVER:
            raise ValueError(f"ask_after is longer than a complaint is remembered: at most {KEPT_WHEN_OVER.days}d")
        return self


class Channel(BaseModel):
    """What feedback reads of a channel: how long after a resolution its customers can still answer."""

    name: Name
    reply_window: Duration

    @field_validator("reply_window")
    @classmethod
    def _open_when_asked(cls, window: timedelta, info: ValidationInfo) -> timedelta:
        if window <= (info.context or {})["ask_after"]:
            raise ValueError("nobody could answer: write a duration longer than ask_after in feedback.yaml")
        return window


class ChannelsFile(BaseModel):
    """channels.yaml, which intake checks in full."""

    channels: list[Channel]


class Queue(BaseModel):
    """What feedback reads of a queue."""

    name: Name


class QueuesFile(BaseModel):
    """queues.yaml, which router checks in full."""

    queues: list[Queue]


class Settings(RuntimeSettings):
    """``REDRESS_SURVEY_KEYS`` and ``REDRESS_FEEDBACK_ADMIN``, beside those of every process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    survey_keys: Path | None = None
    admin: str | None = Field(default=None, validation_alias="REDRESS_FEEDBACK_ADMIN")


def load_rules(settings: Settings) -> Rules:
    """What feedback.yaml and channels.yaml say. Raises ConfigError."""
    folder = config_folder(settings)
    file = load(folder / "feedback.yaml", FeedbackFile)
    channels = load(folder / "channels.yaml", ChannelsFile, context={"ask_after": file.ask_after}).channels
    return Rules(
        metric=file.metric,
        ask_after=file.ask_after,
        sample=file.sample,
        widths=tuple(Width.parse(name) for name in file.windows),
        zone=file.zone,
        lateness=file.lateness,
        reply_windows={channel.name: channel.reply_window for channel in channels},
    )


def load_queues(settings: Settings) -> frozenset[str]:
    """The declared queues: the only ones that name a metric. Raises ConfigError."""
    return frozenset(queue.name for queue in load(config_folder(settings) / "queues.yaml", QueuesFile).queues)


def load_survey_keys(settings: Settings) -> SurveyKeys:
    """The keys that sign surveys: intake must read the same file. Raises ConfigError."""
    path = settings.survey_keys or settings.home / "survey-keys.yaml"
    if not path.exists():
        raise ConfigError(
            f"{path}:1: /: there are no survey keys here; set REDRESS_SURVEY_KEYS to the file that intake reads too"
            " (`redress up` makes one for a deployment on one machine)"
        )
    return load(path, SurveyKeys)
