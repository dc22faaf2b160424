"""The admin port of every process: /livez, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Readiness = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the process does its work now, and what stands in its way."""


def split_address(address: str) -> tuple[str, int]:
    """``host:port`` as a pair. Raises ValueError saying what to write instead."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError(f"{address!r} is not an address: write host:port, such as 127.0.0.1:9101")
    return host.strip("[]") or "127.0.0.1", int(port)


@asynccontextmanager
async def admin_server(address: str | None, readiness: Readiness) -> AsyncIterator[None]:
    """Serve the admin port while the body runs; nothing is served without an address."""
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
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()
