"""Pages of other origins may call intake only if they are named: by default a browser lets none."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from services.config.yaml_files import ConfigError

HEADERS = ("Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "traceparent")
EXPOSED = ("Retry-After",)
MAX_AGE_SECONDS = 600


def read_origins(text: str) -> tuple[str, ...]:
    """The origins of a list with commas (RFC 6454: scheme, host and port alone). Raises ConfigError."""
    origins = tuple(origin.strip() for origin in text.split(",")) if text else ()
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
            raise ConfigError(
                f"REDRESS_INTAKE_CORS: {origin!r} is no origin: write scheme, host and port alone, such as "
                "https://shop.example"
            )
    return origins


def allow_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """``app``, which pages of these origins may call and whose answers they may read."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=HEADERS,
        expose_headers=EXPOSED,
        max_age=MAX_AGE_SECONDS,
    )
