"""From HTTP requests to kept events: each call reads its body, asks the domain, publishes and says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter, ValidationError

from schemas.codec import encode
from services.intake import openapi, problems
from services.intake.admission import BULK_PATH, Admission
from services.intake.bodies import pieces, require_media_type, whole
from services.intake.bulk import NDJSON, Bulk
from services.intake.domain import acceptance, door
from services.intake.domain.acceptance import Accepted, Arrival, Sender, Surveys
from services.intake.domain.refusals import Place
from services.intake.metrics import ACCEPTED
from services.intake.openapi import JSON
from services.intake.publisher import Publisher, away
from services.intake.records import receipt, record, trace


def build(sender: Sender, surveys: Surveys, publisher: Publisher) -> FastAPI:
    """The application. Without API keys there is one ``sender`` for all."""
    app = FastAPI(title="Redress intake", docs_url=None, redoc_url=None, redirect_slashes=False)
    problems.install(app)
    app.add_middleware(Admission)

    def arrival(request: Request) -> Arrival:
        key = request.headers.get("idempotency-key")
        if key is not None:
            checked(door.NAME, key, "Idempotency-Key", "header")
        return Arrival(sender, key, datetime.now(UTC))

    async def keep(accepted: Accepted, request: Request) -> Response:
        await publisher.publish(record(accepted, trace(request.headers.get("traceparent"))))
        ACCEPTED.labels(accepted.channel, accepted.event.type).inc()
        return Response(encode(receipt(accepted)), 202, media_type=JSON)

    async def read(adapter: Any, request: Request) -> Any:
        require_media_type(request, JSON)
        return door.read(adapter, await whole(request))

    @app.post("/v1/complaints", **openapi.call("Complaint"))
    async def complaint(request: Request) -> Response:
        """A customer complains."""
        given = await read(door.COMPLAINT, request)
        return await keep(acceptance.complaint(given, arrival(request)), request)

    @app.post("/v1/complaints/{complaint_id}/events", **openapi.call("LifecycleEvent"))
    async def complaint_event(request: Request, complaint_id: str) -> Response:
        """Something happened to a complaint, told by a back office."""
        checked(door.IDENTIFIER, complaint_id, "complaint_id", "parameter")
        given = await read(door.LIFECYCLE_EVENT, request)
        return await keep(acceptance.lifecycle_event(given, complaint_id, arrival(request)), request)

    @app.post("/v1/channels/{channel}/complaints/{external_ref:path}/events", **openapi.call("LifecycleEvent"))
    async def channel_event(request: Request, channel: str, external_ref: str) -> Response:
        """Something happened to a front-end's own complaint."""
        acceptance.check_channel(channel, sender, "parameter")
        checked(door.NAME, external_ref, "external_ref", "parameter")
        given = await read(door.LIFECYCLE_EVENT, request)
        return await keep(acceptance.channel_event(given, channel, external_ref, arrival(request)), request)

    @app.post("/v1/surveys/{survey_id}/answers", **openapi.call("SurveyAnswer", 404, 410))
    async def survey_answer(request: Request, survey_id: str) -> Response:
        """A customer answers a survey. ``survey_id`` is the token that Redress gave out with the request."""
        given = await read(door.SURVEY_ANSWER, request)
        return await keep(acceptance.survey_answer(given, survey_id, surveys, arrival(request)), request)

    @app.post(BULK_PATH, **openapi.bulk())
    async def bulk(request: Request) -> Response:
        """Many complaints and events, a JSON object a line; a result a line in order, while the body still arrives."""
        require_media_type(request, NDJSON)
        if not publisher.ready:
            raise away()
        body = pieces(request)
        first = await anext(body, b"")

        async def rest() -> AsyncIterator[bytes]:
            yield first
            async for piece in body:
                yield piece

        def decide(line: bytes) -> Accepted:
            return acceptance.bulk_line(door.read(door.BULK_LINE, line), sender, datetime.now(UTC))

        return Bulk(rest(), decide, publisher, trace(request.headers.get("traceparent")))

    app.openapi()["components"] = {"schemas": openapi.components(sender.channels)}
    return app


def checked(adapter: TypeAdapter[str], value: str, name: str, place: Place) -> None:
    """Raises Refused unless ``value``, from a header or the path, is what ``adapter`` stands for."""
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        raise acceptance.invalid(name, error.errors(include_input=False)[0]["msg"], place) from None
