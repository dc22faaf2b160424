"""The admin port of every process: /livez, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from structlog import get_logger

from services.runtime.addresses import split_address

log = get_logger(__name__)

Readiness = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the process does its work now, and what stands in its way."""


@asynccontextmanager
async def admin_server(address: str | None, readiness: Readiness) -> AsyncIterator[None]:
    """Serve the admin port while the body runs; nothing is served without an address.

    A port that cannot be opened ends the process (exit 1): the one before may not have closed it yet.
    """
    if address is None:
        yield
        return

    async def livez(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        ready, facts = readiness()
        return web.json_response({"ready": ready, **facts}, status=200 if ready else 503)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    host, port = split_address(address)
    try:
        await _listen(runner, host, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        log.critical(
            "the admin port cannot be opened: choose another address", address=f"{host}:{port}", error=str(error)
        )
        raise SystemExit(1) from None
