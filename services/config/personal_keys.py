"""The file of the keys that protect personal data, which intake and the operators' commands read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from schemas.primitives import Frozen
from schemas.survey_token import KeyId
from services.config.yaml_files import ConfigError, load

FILE_NAME = "personal-keys.yaml"
OTHERS = 0o077
"""The permissions of everybody but the file's owner."""

Secret = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
"""256 random bits in hexadecimal."""


class PersonalKeys(Frozen):
    """personal-keys.yaml: key-encryption keys by id, and the key of customers' pseudonyms, which never changes.

    ``current`` encrypts; all decrypt, so that a key can be changed.
    """

    model_config = ConfigDict(extra="forbid")

    current: KeyId
    keys: Annotated[dict[KeyId, Secret], Field(repr=False, min_length=1)]
    pseudonyms: Annotated[Secret, Field(repr=False)]

    @model_validator(mode="after")
    def _current_has_a_secret(self) -> Self:
        if self.current not in self.keys:
            raise ValueError(f"current names the key {self.current!r}, which is not among keys: add it there")
        return self


def find_personal_keys(configured: Path | None, home: Path) -> Path:
    """Where the file is, or would be: as REDRESS_PERSONAL_KEYS says, else in the home."""
    return configured or home / FILE_NAME


def load_personal_keys(configured: Path | None, home: Path) -> PersonalKeys | None:
    """The keys; None where no file is named and the home has none. Raises ConfigError."""
    path = find_personal_keys(configured, home)
    if configured is None and not os.path.lexists(path):
        return None
    keys = load(path, PersonalKeys)
    if path.stat().st_mode & OTHERS:
        raise ConfigError(f"{path}:1: /: others may read these keys: run `chmod 600 {path}`")
    return keys
