"""What the environment says to a process: one validated object, the same names for every service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.security import Security, read_security

PREFIX = r"^[a-zA-Z0-9._-]{0,100}$"
"""What Kafka allows in a name; the longest of ours has 60 characters, and Kafka takes 249."""


class RuntimeSettings(BaseSettings):
    """``REDRESS_*`` of every process; each service adds its own, and names its admin address.

    ``prefix`` comes before every topic, group and transactional id: deployments with different ones share a cluster.
    """

    model_config = SettingsConfigDict(env_prefix="REDRESS_", extra="ignore", frozen=True)

    kafka: str = ""
    kafka_security: Path | None = None
    prefix: Annotated[str, Field(pattern=PREFIX)] = ""
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
