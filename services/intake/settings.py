"""Environment and files go in, validated; what intake needs to know of its deployment comes out."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_settings import SettingsConfigDict

from schemas.primitives import Name
from schemas.survey_token import SurveyKeys
from services.runtime.admin import split_address
from services.runtime.settings import RuntimeSettings, config_folder
from services.runtime.yaml_files import ConfigError, load


class Channel(BaseModel):
    """A way in which complaints arrive. Feedback uses the reply window: a number and s, m, h or d."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    reply_window: Annotated[str, StringConstraints(pattern="^[0-9]{1,6}[smhd]$")]


class Channels(BaseModel):
    """channels.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Name
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]

    @property
    def names(self) -> frozenset[str]:
        """The channels' names."""
        return frozenset(channel.name for channel in self.channels)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if len(self.names) < len(self.channels):
            raise ValueError("a channel's name stands here twice: keep one")
        return self


class Settings(RuntimeSettings):
    """``REDRESS_INTAKE_HTTP``, ``REDRESS_INTAKE_ADMIN`` and ``REDRESS_SURVEY_KEYS``, beside those of every process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    intake_http: str = "127.0.0.1:8080"
    survey_keys: Path | None = None
    admin: str | None = Field(default=None, validation_alias="REDRESS_INTAKE_ADMIN")


def listen_address(settings: Settings) -> tuple[str, int]:
    """Where to listen. Raises ConfigError for what is not loopback: there are no API keys, so anybody could post."""
    try:
        host, port = split_address(settings.intake_http)
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError as error:
        raise ConfigError(f"REDRESS_INTAKE_HTTP: {error}") from None
    if not loopback:
        raise ConfigError(
            f"REDRESS_INTAKE_HTTP: {settings.intake_http} is not loopback, and there are no API keys: "
            "listen on 127.0.0.1:8080, say, behind a gateway that knows its callers"
        )
    return host, port


def load_channels(settings: Settings) -> frozenset[str]:
    """The names of the channels that complaints may arrive through. Raises ConfigError."""
    return load(config_folder(settings) / "channels.yaml", Channels).names


def load_survey_keys(settings: Settings) -> SurveyKeys:
    """The keys that sign surveys: feedback must read the same file. Raises ConfigError."""
    path = settings.survey_keys or settings.home / "survey-keys.yaml"
    if not path.exists():
        raise ConfigError(
            f"{path}:1: /: there are no survey keys here; set REDRESS_SURVEY_KEYS to the file that feedback reads too"
            " (`redress up` makes one for a deployment on one machine)"
        )
    return load(path, SurveyKeys)
