"""From the environment and the files it names to the router's queues and compiled ruleset."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.config.folder import config_folder
from services.config.queues import QueuesFile
from services.config.yaml_files import load
from services.router.domain.queue_rules import Ruleset
from services.router.rules_file import RulesFile, compile_ruleset
from services.runtime.settings import AdminAddress, RuntimeSettings


class Settings(RuntimeSettings):
    """The settings of a router process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    admin: AdminAddress | None = Field(default=None, validation_alias="REDRESS_ROUTER_ADMIN")


def load_queues(settings: RuntimeSettings) -> QueuesFile:
    """The declared queues. Raises ConfigError."""
    return load(config_folder(settings.config) / "queues.yaml", QueuesFile)


def load_ruleset(settings: RuntimeSettings, queues: QueuesFile) -> Ruleset:
    """The ruleset, every queue it names declared. Raises ConfigError."""
    file = load(config_folder(settings.config) / "rules.yaml", RulesFile, context={"queues": queues.names})
    return compile_ruleset(file)
