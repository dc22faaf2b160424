"""What the environment says to fetch-mail: where intake is, its key, and the mailbox's password."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from redress.fetch_mail.config_file import FILE_NAME, FetchMailFile, is_loopback
from services.config.yaml_files import ConfigError
from services.runtime.settings import AdminAddress, RuntimeSettings


def check_intake_url(url: str) -> str:
    """The URL as it is. Raises ValueError saying what to write instead."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment or parts.username:
        raise ValueError("this is not where intake listens: write a URL such as http://127.0.0.1:8080")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("mails and the API key would cross the network in clear: write https://")
    return url


class Settings(RuntimeSettings):
    """``REDRESS_INTAKE_URL``, ``REDRESS_INTAKE_KEY`` and ``REDRESS_MAIL_PASSWORD``, beside those of every process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    intake_url: Annotated[str, AfterValidator(check_intake_url)] = "http://127.0.0.1:8080"
    intake_key: SecretStr | None = None
    mail_password: SecretStr | None = None
    admin: AdminAddress | None = Field(default=None, validation_alias="REDRESS_FETCH_MAIL_ADMIN")

    def find_file(self, named: Path | None) -> Path:
        """The file of the command line, else the one in REDRESS_CONFIG. Raises ConfigError."""
        if named is not None:
            return named
        if self.config is None:
            raise ConfigError(
                f"name the mailbox's file with --config, or set REDRESS_CONFIG to a folder with {FILE_NAME}"
            )
        return self.config / FILE_NAME

    def read_password(self, file: FetchMailFile) -> str:
        """The first line of the password's file, else REDRESS_MAIL_PASSWORD. Raises ConfigError, never quoting it."""
        if file.password_file is None:
            if self.mail_password is None:
                raise ConfigError("there is no password: set REDRESS_MAIL_PASSWORD, or name a password_file")
            return self.mail_password.get_secret_value()
        try:
            password = file.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ConfigError(f"{file.password_file}: the password cannot be read: {reason}") from None
        if not password.isprintable() or not password:
            raise ConfigError(f"{file.password_file}: write the password alone, on one line")
        return password
