"""From functions to an ASGI application that answers with them or with problems, and that FastAPI describes.

FastAPI finds out anew for each request what a function wants, though here all want the request and the parts of its
path, and Starlette has seven layers around a function. That would take as long as what is done for a complaint.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPMethod
from typing import Any, TypeVar

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from services.intake.admission import Admission
from services.intake.bodies import Incoming
from services.intake.callers import Callers
from services.intake.domain.refusals import RequestRefused
from services.intake.domain.scopes import Scope as KeyScope
from services.intake.paths import check_path
from services.intake.problems import respond
from services.intake.upload import Upload

F = TypeVar("F", bound=Callable[..., Awaitable[Response]])


class Calls:
    """A function is called with the request and, by name, the parts of its path."""

    def __init__(self, title: str, admission: Admission, callers: Callers) -> None:
        self._admission = admission
        self._callers = callers
        self._routes: list[Route] = []
        self._described = FastAPI(title=title, generate_unique_id_function=lambda route: route.name)

    def post(self, path: str, *scopes: KeyScope, **description: Any) -> Callable[[F], F]:
        """Add a call. A key needs one of ``scopes``: without any, no key allows it.

        ``description`` is what FastAPI is to say of it.
        """

        def add(function: F) -> F:
            async def admitted(request: Incoming, **parts: str) -> Response:
                self._callers.admit(request, scopes)
                return await function(request, **parts)

            self._routes.append(Route(path, admitted, methods=[HTTPMethod.POST]))
            return self._described.post(path, **description)(function)

        return add

    def page(self, path: str, method: HTTPMethod) -> Callable[[F], F]:
        """Add what a customer's browser or a webhook's sender asks for: without an API key, and not described."""

        def add(function: F) -> F:
            self._routes.append(Route(path, function, methods=[method]))
            return function

        return add

    def serve_description(
        self, complete: Callable[[dict[str, Any]], dict[str, Any]], with_keys: dict[str, Any]
    ) -> None:
        """Answer GET /openapi.json with what ``complete`` makes of FastAPI's description of all calls.

        ``with_keys`` is said beside it while callers have to show keys.
        """
        document = complete(self._described.openapi())
        # In ASCII: its patterns have characters that nobody would see.
        open_, locked = (
            Response(json.dumps(one), media_type="application/json") for one in (document, document | with_keys)
        )

        async def describe(_: Incoming) -> Response:
            return locked if self._callers.show_keys else open_

        self._routes.append(Route("/openapi.json", describe))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        async with Upload(receive, self._admission) as upload:
            request = Incoming(scope, receive, upload)
            try:
                upload.enter()
                response = await self._call(scope, request)
            except RequestRefused as refused:
                response = respond(refused, language=request.language)
            except ClientDisconnect:
                return  # Nobody is there to read an answer.
            except Exception:
                detail = "This is a fault of ours; the request may not have been kept"
                await respond(RequestRefused("internal", detail), language=request.language)(scope, receive, send)
                raise
            await response(scope, receive, send)

    async def _call(self, scope: Scope, request: Incoming) -> Response:
        check_path(scope["raw_path"])
        methods: set[str] = set()
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                response: Response = await route.endpoint(request, **found["path_params"])
                return response
            if match is Match.PARTIAL:
                methods |= route.methods or set()
        if methods:
            refused = RequestRefused("method_not_allowed", "This path does not take that method; see /openapi.json")
            return respond(refused, {"Allow": ", ".join(sorted(methods))}, request.language)
        raise RequestRefused("not_found", "There is nothing at this path; see /openapi.json")
