"""From the environment and the files it names to the router's queues and compiled ruleset."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.router.domain.queues import Queues
from services.router.domain.ruleset import Ruleset
from services.router.rules_file import RulesFile, compile_ruleset
from services.runtime.settings import RuntimeSettings, config_folder
from services.runtime.yaml_files import load


class Settings(RuntimeSettings):
    """The settings of a router process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    admin: str | None = Field(default=None, validation_alias="REDRESS_ROUTER_ADMIN")


def load_queues(settings: RuntimeSettings) -> Queues:
    """The declared queues. Raises ConfigError."""
    return load(config_folder(settings) / "queues.yaml", Queues)


def load_ruleset(settings: RuntimeSettings, queues: Queues) -> Ruleset:
    """The ruleset, every queue it names declared. Raises ConfigError."""
    file = load(config_folder(settings) / "rules.yaml", RulesFile, context={"queues": queues.names})
    return compile_ruleset(file)
