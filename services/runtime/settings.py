"""What the environment says to a process: one validated object, the same names for every service."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.config.yaml_files import ConfigError
from services.runtime.addresses import split_address, split_brokers
from services.runtime.fail_stop import WRONG_CONFIGURATION
from services.runtime.security import Security, read_security

PREFIX = r"^[a-zA-Z0-9._-]{0,100}$"
"""What Kafka allows in a name; the longest of ours has 60 characters, and Kafka takes 249."""
VARIABLES = "REDRESS_"


def _checked_brokers(text: str) -> str:
    return ",".join(split_brokers(text)) if text else text


def _checked_address(text: str) -> str:
    split_address(text)
    return text


def _existing_folder(path: Path) -> Path:
    if not _is_folder(path):
        raise ValueError(f"{path} is no folder: name one that exists")
    return path


def _possible_folder(path: Path) -> Path:
    nearest = next(one for one in (path.absolute(), *path.absolute().parents) if os.path.lexists(one))
    if not _is_folder(nearest):
        raise ValueError(f"{nearest} is no folder: name a folder, which is made if it is missing")
    return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # not allowed to look, or no possible name
        return False


AdminAddress = Annotated[str, AfterValidator(_checked_address)]


class RuntimeSettings(BaseSettings):
    """``REDRESS_*`` of every process; each service adds its own, and names its admin address.

    A variable that is empty counts as unset. ``prefix`` comes before every topic, group and transactional id:
    deployments with different ones share a cluster.
    """

    model_config = SettingsConfigDict(env_prefix=VARIABLES, env_ignore_empty=True, extra="ignore", frozen=True)

    kafka: Annotated[str, AfterValidator(_checked_brokers)] = ""
    kafka_security: Path | None = None
    prefix: Annotated[str, Field(pattern=PREFIX)] = ""
    home: Annotated[Path, AfterValidator(_possible_folder)] = Path(".redress")
    config: Annotated[Path, AfterValidator(_existing_folder)] | None = None
    time: Literal["wall", "stream"] = "wall"
    partitions: Annotated[int, Field(ge=1, le=1_000)] = 4
    log: Literal["json", "console"] = "json"
    admin: AdminAddress | None = None

    def __init__(self, **values: Any) -> None:
        """``values`` go before the environment. Raises ConfigError with a line for each variable that is wrong."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            faults = [_explained(dict(fault)) for fault in error.errors(include_url=False, include_input=False)]
            raise ConfigError("\n".join(faults)) from None

    @property
    def bootstrap(self) -> list[str]:
        """The brokers' addresses. Raises ValueError, saying what to do, when none is named."""
        if not self.kafka:
            raise ValueError("REDRESS_KAFKA is not set: name the brokers (host:port,...), or use `redress up`")
        return split_brokers(self.kafka)

    @property
    def security(self) -> Security:
        """How to talk to the brokers."""
        return read_security(self.kafka_security)


S = TypeVar("S", bound=RuntimeSettings)


def settings_or_exit(kind: type[S]) -> S:
    """The settings of a process that starts; it ends with 2, and a line for each wrong variable, if it cannot."""
    try:
        return kind()
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WRONG_CONFIGURATION)


def _explained(fault: dict[str, Any]) -> str:
    """One fault with its variable; a field's alias is the variable itself."""
    name = str(fault["loc"][0]).upper()
    return f"{VARIABLES}{name.removeprefix(VARIABLES)}: {fault['msg'].removeprefix('Value error, ')}"
