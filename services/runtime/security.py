"""From a security file to the keyword arguments of every Kafka client."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationInfo, field_validator

from services.config.yaml_files import ConfigError, load
from services.runtime.addresses import split_address


class Sasl(BaseModel):
    """A user of the cluster."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    username: str
    password: SecretStr


class Tls(BaseModel):
    """Where the certificates are; with no ``ca`` the system's are trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @field_validator("key")
    @classmethod
    def _of_a_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if key is not None and info.data.get("certificate") is None:
            raise ValueError("this is the key of a certificate; write certificate too")
        return key


class Security(BaseModel):
    """The file that REDRESS_KAFKA_SECURITY names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    sasl: Sasl | None = None
    tls: Tls | None = None

    def client_arguments(self) -> dict[str, Any]:
        """What aiokafka's clients take. Raises ConfigError naming a certificate or key that cannot be used."""
        arguments: dict[str, Any] = {
            "security_protocol": ("SASL_" if self.sasl else "") + ("SSL" if self.tls else "PLAINTEXT")
        }
        if self.sasl:
            arguments["sasl_mechanism"] = self.sasl.mechanism
            arguments["sasl_plain_username"] = self.sasl.username
            arguments["sasl_plain_password"] = self.sasl.password.get_secret_value()
        if self.tls:
            arguments["ssl_context"] = _ssl_context(self.tls)
        return arguments


def _ssl_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca)
    except OSError as error:  # as ssl.SSLError is, for a file that holds something else
        raise ConfigError(f"{tls.ca}: there are no certificates to trust here: {error.strerror or error}") from None
    if tls.certificate:
        try:
            context.load_cert_chain(tls.certificate, tls.key)
        except OSError as error:
            files = f"{tls.certificate}{f' with the key {tls.key}' if tls.key else ''}"
            raise ConfigError(f"{files}: this is no certificate with its key: {error.strerror or error}") from None
    return context


async def why_refused(server: str, client: Mapping[str, Any]) -> str | None:
    """Why the broker at ``server`` (host:port) does not let ``client`` in, if it is there and says so."""
    host, port = split_address(server)
    names = ("security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password", "ssl_context")
    arguments = {name: client[name] for name in names if name in client}
    try:
        connection = await create_conn(host, port, **arguments)
    except ssl.SSLCertVerificationError as error:
        return f"the brokers' certificate is not trusted: {error.verify_message}"
    except (AuthenticationFailedError, SaslAuthenticationFailed, UnsupportedSaslMechanismError) as error:
        return f"the brokers refuse the user or the password: {error}"
    except (OSError, KafkaError, TimeoutError):
        return None
    connection.close()
    return None


def read_security(path: Path | None) -> Security:
    """The settings in ``path``, or an open cluster's."""
    return Security() if path is None else load(path, Security)
