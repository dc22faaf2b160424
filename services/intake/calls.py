"""From functions to calls that Starlette answers and FastAPI describes.

FastAPI finds out anew for each request what a function wants, though here all want the request and parts of its path:
as long as validating a complaint and making its event take together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

F = TypeVar("F", bound=Callable[..., Awaitable[Response]])


class Calls:
    """``routes`` are for Starlette. A function is called with the request and, by name, the parts of its path."""

    def __init__(self, title: str) -> None:
        self.routes: list[BaseRoute] = []
        self._described = FastAPI(title=title)

    def post(self, path: str, **description: Any) -> Callable[[F], F]:
        """Add a call. ``description`` is what FastAPI is to say of it."""

        def add(function: F) -> F:
            async def answer(request: Request) -> Response:
                return await function(request, **request.path_params)

            self.routes.append(Route(path, answer, methods=["POST"]))
            return self._described.post(path, **description)(function)

        return add

    def describe(self) -> dict[str, Any]:
        """All calls, as an OpenAPI document."""
        return self._described.openapi()
