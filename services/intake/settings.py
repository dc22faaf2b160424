"""Environment and files go in, validated; what intake needs to know of its deployment comes out."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.config.channels import ChannelsFile
from services.config.folder import config_folder
from services.config.yaml_files import ConfigError, load
from services.runtime.addresses import split_address
from services.runtime.settings import AdminAddress, RuntimeSettings


class Settings(RuntimeSettings):
    """``REDRESS_INTAKE_*`` and the files of keys and secrets, beside the settings of every process."""

    model_config = SettingsConfigDict(populate_by_name=True)

    intake_http: str = "127.0.0.1:8080"
    intake_share_port: bool = False
    intake_tls_certificate: Path | None = None
    intake_tls_key: Path | None = None
    intake_cors: str = ""
    keys: Path | None = None
    survey_keys: Path | None = None
    personal_keys: Path | None = None
    webhook_secrets: Path | None = None
    admin: AdminAddress | None = Field(default=None, validation_alias="REDRESS_INTAKE_ADMIN")


def listen_address(settings: Settings, *, show_keys: bool = False) -> tuple[str, int]:
    """Where to listen. Raises ConfigError for what is not loopback, unless callers ``show_keys`` over TLS."""
    try:
        host, port = split_address(settings.intake_http, example="127.0.0.1:8080")
    except ValueError as error:
        raise ConfigError(f"REDRESS_INTAKE_HTTP: {error}") from None
    loopback = _is_loopback(host)
    if not loopback and not show_keys:
        raise ConfigError(
            f"REDRESS_INTAKE_HTTP: {settings.intake_http} is not loopback, and there are no API keys: make some with "
            "`redress keys create`, or listen on 127.0.0.1:8080, say, behind a gateway that knows its callers"
        )
    if not loopback and settings.intake_tls_certificate is None:
        raise ConfigError(
            f"REDRESS_INTAKE_HTTP: {settings.intake_http} is not loopback, and keys would cross the network in clear: "
            "name a certificate in REDRESS_INTAKE_TLS_CERTIFICATE and REDRESS_INTAKE_TLS_KEY, or listen on "
            "127.0.0.1:8080, say, behind a gateway with TLS on the same machine"
        )
    return host, port


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_channels(settings: Settings) -> ChannelsFile:
    """The channels that complaints may arrive through. Raises ConfigError."""
    return load(config_folder(settings.config) / "channels.yaml", ChannelsFile)
