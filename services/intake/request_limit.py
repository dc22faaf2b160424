"""An ASGI application in, the same out that holds a bounded number of requests: memory is requests times a body."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.domain.refusals import RequestRefused
from services.intake.problems import respond

BULK_PATH = "/v1/bulk"

MOST_OPEN = 512
MOST_BULK = 16
"""A bulk request holds a few windows of lines where another holds one body."""


class Admission:
    """Refuses at once what would be one too many, without reading its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = 0
        self._bulk = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        bulk = scope.get("path") == BULK_PATH
        if self._open >= MOST_OPEN or (bulk and self._bulk >= MOST_BULK):
            await respond(RequestRefused("busy", "Too many requests are open; send it again"))(scope, receive, send)
            return
        self._open += 1
        self._bulk += bulk
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1
            self._bulk -= bulk
