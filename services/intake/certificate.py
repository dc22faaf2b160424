"""From a certificate and its key to how connections are encrypted; again when the files change, for new connections."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import structlog

from services.config.yaml_files import ConfigError
from services.intake.file_stamps import stamp_of
from services.intake.settings import Settings

LOOK_SECONDS = 10.0

logger = structlog.get_logger(__name__)


class Certificate:
    """A chain and its key, both in PEM and without a password. Raises ConfigError where they cannot be used."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._files = chain, key
        self._seen = [stamp_of(file) for file in self._files]
        self.context = _empty_context()
        self._load()

    def look(self) -> None:
        """Take the files if they are others than before. Where they have a fault, the certificate of before stays."""
        seen = [stamp_of(file) for file in self._files]
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._load()
        except ConfigError as error:
            logger.warning("the TLS certificate has a fault: the one before stays", problem=str(error))
        else:
            logger.info("a new TLS certificate is in force for new connections")

    async def run(self) -> None:
        """Look again and again, off the event loop, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self.look)

    def _load(self) -> None:
        chain, key = self._files
        try:
            for file in self._files:
                file.read_bytes()  # OpenSSL would not say which of them it cannot read.
            # First into another context: where the key does not fit, half of the chain would stay loaded.
            _empty_context().load_cert_chain(chain, key, password=_no_password)
            self.context.load_cert_chain(chain, key, password=_no_password)
        except ssl.SSLError as error:
            raise ConfigError(
                f"{chain} and {key} are no certificate chain and its key, both in PEM and without a password"
                + (f" ({error.reason})" if error.reason else "")
            ) from None
        except OSError as error:
            raise ConfigError(f"{error.filename}: {error.strerror}") from None


def read_certificate(settings: Settings) -> Certificate | None:
    """The certificate that the settings name; None where they name none. Raises ConfigError."""
    chain, key = settings.intake_tls_certificate, settings.intake_tls_key
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise ConfigError("REDRESS_INTAKE_TLS_CERTIFICATE and REDRESS_INTAKE_TLS_KEY: name both files, or neither")
    return Certificate(chain, key)


def _empty_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _no_password() -> str:
    """Without it OpenSSL would ask on the terminal, and wait."""
    return ""
