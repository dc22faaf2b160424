"""What the environment says to a process: one validated object, the same names for every service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.security import Security, read_security

SHIPPED_CONFIG = Path(__file__).parent.parent / "config" / "default"


class RuntimeSettings(BaseSettings):
    """``REDRESS_*`` of every process; each service adds its own, and names its admin address."""

    model_config = SettingsConfigDict(env_prefix="REDRESS_", extra="ignore", frozen=True)

    kafka: str = ""
    kafka_security: Path | None = None
    home: Path = Path(".redress")
    config: Path | None = None
    time: Literal["wall", "stream"] = "wall"
    partitions: Annotated[int, Field(ge=1, le=1_000)] = 4
    log: Literal["json", "console"] = "json"
    admin: str | None = None

    @property
    def bootstrap(self) -> list[str]:
        """The brokers' addresses. Raises ValueError, saying what to do, when none is named."""
        if not self.kafka:
            raise ValueError("REDRESS_KAFKA is not set: name the brokers (host:port,...), or use `redress up`")
        return [address.strip() for address in self.kafka.split(",")]

    @property
    def security(self) -> Security:
        """How to talk to the brokers."""
        return read_security(self.kafka_security)


def config_folder(settings: RuntimeSettings) -> Path:
    """The folder of rules, policies, calendars and queues: REDRESS_CONFIG, or what is shipped."""
    return settings.config or SHIPPED_CONFIG
