"""The keys that a command about personal data needs, as the environment names them."""

from __future__ import annotations

from pathlib import Path

from services.config.personal_keys import find_personal_keys, load_personal_keys
from services.config.yaml_files import ConfigError
from services.personal.encryption import Encryption
from services.runtime.settings import RuntimeSettings


class Settings(RuntimeSettings):
    """``REDRESS_PERSONAL_KEYS`` beside the settings of every process."""

    personal_keys: Path | None = None

    @property
    def file(self) -> Path:
        """Where the keys are, or would be."""
        return find_personal_keys(self.personal_keys, self.home)


def require_encryption() -> Encryption:
    """Raises ConfigError where there are no keys: then nothing was encrypted, and nothing can be erased."""
    settings = Settings()
    keys = load_personal_keys(settings.personal_keys, settings.home)
    if keys is None:
        raise ConfigError(
            f"{settings.file} does not exist, so personal data is not encrypted, and nothing of it can be destroyed: "
            "make keys with `redress personal-keys create`, and start intake again"
        )
    return Encryption(keys)
