"""Environment and files go in, validated; what the domain needs to know of its deployment comes out."""

from __future__ import annotations

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
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from schemas.each_once import each_once
from schemas.primitives import Name
from services.config.channels import ChannelsFile
from services.config.durations import Duration
from services.config.folder import config_folder
from services.config.queues import QueuesFile
from services.config.yaml_files import load
from services.feedback.domain.rules import Rules
from services.feedback.domain.tumbling_windows import Width
from services.lifecycle.retention import WINDOWS
from services.runtime.settings import AdminAddress, RuntimeSettings
from services.worktime.instants import DAY


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such IANA time zone: write one such as Europe/Lisbon or UTC") from None


def _width(text: str) -> str:
    Width.parse(text)
    return text


WidthName = Annotated[str, AfterValidator(_width)]


class FeedbackFile(BaseModel):
    """feedback.yaml."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    version: Name
    metric: Literal["csat"]
    ask_after: Duration
    sample: Annotated[float, Field(ge=0, le=1)]
    windows: Annotated[
        list[WidthName], Field(min_length=1, max_length=8), each_once("window", by=lambda name: Width.parse(name).span)
    ]
    zone: Annotated[ZoneInfo, BeforeValidator(_zone)]
    lateness: Duration

    @model_validator(mode="after")
    def _asked_while_remembered(self) -> FeedbackFile:
        days = WINDOWS["ended"] // DAY
        if self.ask_after > timedelta(days=days):
            raise ValueError(f"ask_after is longer than a closed complaint is remembered: at most {days}d")
        return self


class Settings(RuntimeSettings):
    """``REDRESS_SURVEY_KEYS`` and ``REDRESS_FEEDBACK_ADMIN``, beside those of every process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    survey_keys: Path | None = None
    admin: AdminAddress | None = Field(default=None, validation_alias="REDRESS_FEEDBACK_ADMIN")


def load_rules(settings: Settings) -> Rules:
    """What feedback.yaml and channels.yaml say. Raises ConfigError."""
    folder = config_folder(settings.config)
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
    return frozenset(load(config_folder(settings.config) / "queues.yaml", QueuesFile).names)
