"""From the file of webhook secrets to each secret by its name; the file is apart from all that people share.

A file, and not environment variables: those are handed on to every process that is started, and shown by tools that
list processes; and a file may be changed for a new secret beside the old one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas.primitives import Name
from services.config.yaml_files import ConfigError, load

FILE_NAME = "webhook-secrets.yaml"

Secret = Annotated[str, StringConstraints(min_length=8, max_length=500, pattern=r"^[!-~]+$")]
"""As the sender shows it: what Standard Webhooks gives out begins with ``whsec_``."""

Secrets = Annotated[
    tuple[Secret, ...],
    Field(min_length=1, max_length=10),
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
]
"""One, or a list of them while a sender changes from one to the other."""


class WebhookSecretsFile(BaseModel):
    """webhook-secrets.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Name
    secrets: dict[Name, Secrets]


def load_webhook_secrets(configured: Path | None, home: Path) -> Mapping[str, tuple[str, ...]]:
    """The secrets in the file that REDRESS_WEBHOOK_SECRETS names, else in the home's. Raises ConfigError."""
    path = configured or home / FILE_NAME
    if not os.path.lexists(path):
        raise ConfigError(
            f"{path}:1: /: webhooks.yaml names secrets, and there are none here; write them, or set"
            " REDRESS_WEBHOOK_SECRETS to their file"
        )
    file = load(path, WebhookSecretsFile)
    if path.stat().st_mode & stat.S_IRWXO:
        raise ConfigError(f"{path}:1: /: every user of this machine may read these secrets; chmod 600 {path}")
    return file.secrets
