"""Runs intake as a process: HTTP, the admin port and the publisher, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from services.config.personal_keys import load_personal_keys
from services.config.survey_keys import load_survey_keys
from services.config.yaml_files import ConfigError
from services.intake.app import build
from services.intake.callers import Keyring
from services.intake.certificate import read_certificate
from services.intake.connection import Connection
from services.intake.cross_origin import allow_origins, read_origins
from services.intake.domain.arrivals import Sender
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.keys_reader import KeysReader
from services.intake.maskers import Maskers
from services.intake.publisher import KafkaPublisher
from services.intake.records import TOPICS
from services.intake.settings import Settings, listen_address, load_channels
from services.intake.survey_page import STYLE_SOURCE
from services.intake.webhooks_file import load_webhooks
from services.personal.encryption import Encryption
from services.runtime import logs
from services.runtime.admin import admin_server

WRONG_CONFIGURATION = 2
LOCAL_OWNER = "local"
"""Whose complaints are all, where there are no API keys."""

GRACE_SECONDS = 10
"""How long open requests may take to finish once the process is told to end; more than a delivery takes."""

SECURITY_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src {STYLE_SOURCE}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
"""Said with every answer, for whoever opens one in a browser (OWASP's list for REST services)."""
TLS_HEADERS = [("Strict-Transport-Security", "max-age=31536000")]

logger = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """uvicorn, ending with 0 when it was told to end: as it comes, it dies of the signal after its clean end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals for as long as it serves."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    def end(self) -> None:
        """Finish open requests and return from ``serve``."""
        self.should_exit = True


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Exit 2 says that the configuration is wrong."""
    logs.configure(settings.log)
    try:
        channels = load_channels(settings)
        sender = Sender(LOCAL_OWNER, channels.names, uuid7)
        keyring = Keyring()
        keys = KeysReader(settings, sender.channels, keyring)
        keys.read()
        host, port = listen_address(settings, show_keys=keyring.keys is not None)
        certificate = read_certificate(settings)
        origins = read_origins(settings.intake_cors)
        surveys = Surveys(load_survey_keys(settings.survey_keys, settings.home), stream_time=settings.time == "stream")
        personal_keys = load_personal_keys(settings.personal_keys, settings.home)
        webhooks = load_webhooks(settings, sender.channels)
        client = {"bootstrap_servers": settings.bootstrap, **settings.security.client_arguments()}
    except (ConfigError, ValueError) as error:
        logger.critical("wrong configuration", problem=str(error))
        sys.exit(WRONG_CONFIGURATION)
    if keyring.keys is None:
        logger.info("there are no API keys: every caller is one owner, on loopback only", owner=LOCAL_OWNER)
    try:
        listening = listen(host, port, share=settings.intake_share_port)
    except OSError as error:
        taken = f"{host}:{port}"
        logger.critical("REDRESS_INTAKE_HTTP cannot be opened: choose another", address=taken, problem=str(error))
        sys.exit(WRONG_CONFIGURATION)
    publisher = KafkaPublisher(client, TOPICS, settings.partitions, prefix=settings.prefix)
    encryption = Encryption(personal_keys) if personal_keys else None
    app = build(sender, surveys, publisher, keyring, Maskers(channels).mask, webhooks, encryption)
    server = Server(configure(allow_origins(app, origins), certificate.context if certificate else None))
    watching = [keys.run, certificate.run] if certificate else [keys.run]
    uvloop.run(_serve(server, listening, publisher, watching, settings.admin))


def listen(host: str, port: int, *, share: bool = False) -> list[socket.socket]:
    """A socket for each address of ``host``. Raises OSError where one of them cannot be opened.

    Processes that all ``share`` a port are given its connections in turn, by the kernel (SO_REUSEPORT).
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [socket.create_server(address[:2], family=family, reuse_port=share) for family, *_, address in found]


def configure(app: ASGIApp, tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    """How an application is served: HTTP/1.1 alone, its bounds, and no line of log for each request."""
    return uvicorn.Config(
        app,
        headers=[*SECURITY_HEADERS, *(TLS_HEADERS if tls else ())],
        ssl_context_factory=(lambda _, __: tls) if tls else None,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def _serve(
    server: Server,
    listening: Sequence[socket.socket],
    publisher: KafkaPublisher,
    watching: Sequence[Callable[[], Coroutine[Any, Any, None]]],
    admin: str | None,
) -> None:
    """The publisher outlives the last request, so that what was promised is kept."""

    def readiness() -> tuple[bool, dict[str, Any]]:
        return publisher.ready and server.started, {"service": "intake", "kafka": publisher.ready}

    async with admin_server(admin, readiness):
        tasks = [asyncio.create_task(run()) for run in (publisher.run, *watching)]
        for task in tasks:
            task.add_done_callback(lambda _: server.end())
        await server.serve(list(listening))
        for task in tasks:
            if task.done():
                raise RuntimeError(f"{task.get_coro()} ended by itself") from task.exception()
            task.cancel()
        await asyncio.wait(tasks)
    logger.info("ended")
