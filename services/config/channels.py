"""channels.yaml as a model: the channels through which complaints arrive, and how long each takes answers."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from schemas.each_once import each_once
from schemas.external_names import ExternalName
from schemas.primitives import Name
from services.config.durations import Duration


class Channel(BaseModel):
    """One channel. ``reply_window`` is how long after a resolution its customers can answer a survey.

    Who asks in surveys validates with the context ``{"ask_after": timedelta}``: the window must be longer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ExternalName
    reply_window: Duration

    @field_validator("reply_window")
    @classmethod
    def _open_when_asked(cls, window: timedelta, info: ValidationInfo) -> timedelta:
        ask_after: timedelta | None = (info.context or {}).get("ask_after")
        if ask_after is not None and window <= ask_after:
            raise ValueError("nobody could answer: write a duration longer than ask_after in feedback.yaml")
        return window


class ChannelsFile(BaseModel):
    """channels.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Name
    channels: Annotated[tuple[Channel, ...], Field(min_length=1), each_once("channel", by=attrgetter("name"))]

    @property
    def names(self) -> frozenset[str]:
        """The channels' names."""
        return frozenset(channel.name for channel in self.channels)
