"""From HTTP requests to kept events: each call reads its body, asks the domain, publishes and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPMethod
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp

from schemas.codec import encode
from services.intake import openapi
from services.intake.admission import Admission
from services.intake.bodies import MOST_MAIL_BYTES, Incoming
from services.intake.bulk import NDJSON, Bulk
from services.intake.callers import Callers, Keyring
from services.intake.calls import Calls
from services.intake.cloud_event_call import CloudEventCall
from services.intake.domain.advice import advise
from services.intake.domain.agent_status import accept_agent_status
from services.intake.domain.arrivals import Accepted, Arrival, Sender, check_channel
from services.intake.domain.bulk_lines import decide_bulk_line
from services.intake.domain.complaints import accept_complaint
from services.intake.domain.lifecycle import accept_channel_event, accept_event
from services.intake.domain.mails import accept_mail
from services.intake.domain.refusals import InvalidField, Place, RequestRefused
from services.intake.domain.request_models import (
    AGENT_STATUS,
    COMPLAINT,
    IDENTIFIER,
    LIFECYCLE_EVENT,
    NAME,
    SURVEY_ANSWER,
    parse_body,
)
from services.intake.domain.scopes import Scope
from services.intake.domain.survey_answers import Surveys, accept_survey_answer
from services.intake.domain.webhooks import Webhook
from services.intake.encrypting import Encrypting
from services.intake.keeping import Keeping, Mask, keep_as_it_is
from services.intake.mail.parse import parse_mail
from services.intake.metrics import MAILS
from services.intake.openapi import JSON, ChannelInPath, IdentifierInPath, NameInPath, TokenInPath
from services.intake.openapi_components import complete
from services.intake.publisher import KafkaAway, Publisher
from services.intake.records import make_agent_receipt, make_receipt
from services.intake.survey_calls import SurveyCalls
from services.intake.webhook_calls import WebhookCalls
from services.personal.encryption import Encryption

KEY_HEADER = "Idempotency-Key"


def build(
    sender: Sender,
    surveys: Surveys,
    publisher: Publisher,
    keyring: Keyring | None = None,
    mask: Mask = keep_as_it_is,
    webhooks: Mapping[str, Webhook] | None = None,
    encryption: Encryption | None = None,
) -> ASGIApp:
    """The application. Without API keys there is one ``sender`` for all. All is published as ``mask`` gives it.

    ``webhooks`` are by channel. Without ``encryption`` what is personal is published as it is.
    """
    admission, reading_mail = Admission(), asyncio.Lock()
    keeping = Keeping(publisher, mask, Encrypting(encryption))
    callers = Callers(sender, keyring or Keyring())
    calls = Calls("Redress intake", admission, callers)

    def note_arrival(request: Incoming) -> Arrival:
        key = read_key(request)
        return Arrival(callers.sender_of(request), (key,) if key is not None else None, datetime.now(UTC))

    async def keep(
        accepted: Accepted, request: Incoming, receipt: Callable[[Accepted], BaseModel] = make_receipt
    ) -> Response:
        await keeping.keep(accepted, request)
        return Response(encode(receipt(accepted)), 202, media_type=JSON)

    async def parse(adapter: Any, request: Incoming) -> Any:
        request.require_media_type(JSON)
        body = await request.whole()
        return parse_body(adapter, body, {"sender": callers.sender_of(request), "now": datetime.now(UTC)})

    @calls.post("/v1/complaints", "complaints", **openapi.describe_call("Complaint", "unknown_channel"))
    async def complaint(request: Incoming) -> Response:
        """A customer complains."""
        given = await parse(COMPLAINT, request)
        return await keep(accept_complaint(given, note_arrival(request)), request)

    @calls.post(
        "/v1/complaints/{complaint_id}/events",
        "back-office",
        "classify",
        **openapi.describe_call("LifecycleEvent", "unknown_channel"),
    )
    async def complaint_event(request: Incoming, complaint_id: IdentifierInPath) -> Response:
        """Something happened to a complaint, told by a back office."""
        addressed = read_text(IDENTIFIER, complaint_id, "complaint_id", "parameter")
        given = await parse(LIFECYCLE_EVENT, request)
        return await keep(accept_event(given, addressed, note_arrival(request)), request)

    @calls.post(
        "/v1/channels/{channel}/complaints/{external_ref:reference}/events",
        "events",
        "classify",
        **openapi.describe_call("LifecycleEvent", "unknown_channel"),
    )
    async def channel_event(request: Incoming, channel: ChannelInPath, external_ref: NameInPath) -> Response:
        """Something happened to a front-end's own complaint."""
        through = read_text(NAME, channel, "channel", "parameter")
        check_channel(through, callers.sender_of(request), "parameter")
        reference = read_text(NAME, external_ref, "external_ref", "parameter")
        given = await parse(LIFECYCLE_EVENT, request)
        return await keep(accept_channel_event(given, through, reference, note_arrival(request)), request)

    @calls.post("/v1/channels/{channel}/email", "complaints", **openapi.describe_mail())
    async def email(request: Incoming, channel: ChannelInPath) -> Response:
        """An e-mail as it was sent (RFC 5322): a complaint, or a reply in the thread of one."""
        through = read_text(NAME, channel, "channel", "parameter")
        check_channel(through, callers.sender_of(request), "parameter")
        request.require_media_type(openapi.MAIL)
        raw = await request.whole(MOST_MAIL_BYTES)
        # The largest takes seconds, in which others must not wait; and one at a time, for its memory.
        async with reading_mail:
            mail = await asyncio.to_thread(parse_mail, raw)
        accepted = accept_mail(mail, through, note_arrival(request))
        if not accepted.is_test:
            MAILS.labels(mail.kind).inc()
        return await keep(accepted, request)

    @calls.post(
        "/v1/surveys/{survey_id}/answers",
        "survey-answers",
        **openapi.describe_call("SurveyAnswer", "unknown_survey", "survey_expired"),
    )
    async def survey_answer(request: Incoming, survey_id: TokenInPath) -> Response:
        """A customer answers a survey. ``survey_id`` is the token that Redress gave out with the request."""
        given = await parse(SURVEY_ANSWER, request)
        return await keep(accept_survey_answer(given, survey_id, surveys, note_arrival(request)), request)

    pages = SurveyCalls(surveys, sender, keep)
    calls.page("/v1/surveys/{survey_id}", HTTPMethod.GET)(pages.show)
    calls.page("/v1/surveys/{survey_id}", HTTPMethod.POST)(pages.vote)

    @calls.post(
        "/v1/agents/{agent_id:reference}/status",
        "agent-status",
        **openapi.describe_call("AgentStatus", receipt="AgentReceipt"),
    )
    async def agent_status(request: Incoming, agent_id: NameInPath) -> Response:
        """What an agent does from now on."""
        agent = read_text(NAME, agent_id, "agent_id", "parameter")
        given = await parse(AGENT_STATUS, request)
        return await keep(accept_agent_status(given, agent, note_arrival(request)), request, make_agent_receipt)

    hooks = WebhookCalls(webhooks or {}, sender, keeping)
    calls.page("/v1/channels/{channel}/webhook", HTTPMethod.GET)(hooks.answer)
    calls.page("/v1/channels/{channel}/webhook", HTTPMethod.POST)(hooks.receive)

    cloud_events = CloudEventCall(keeping, note_arrival)
    scopes: tuple[Scope, ...] = ("complaints", "events", "back-office", "classify")
    calls.post("/v1/cloudevents", *scopes, **openapi.describe_cloud_events())(cloud_events.take)

    @calls.post("/v1/bulk", "bulk", **openapi.describe_bulk())
    async def bulk(request: Incoming) -> Response:
        """Many complaints and events, a JSON object a line; a result a line in order, while the body still arrives."""
        request.require_media_type(NDJSON)
        key = read_key(request)
        if not publisher.ready:
            raise KafkaAway
        admission.enter_bulk(request.upload)
        body = request.pieces()
        first = await anext(body, b"")

        async def rest() -> AsyncIterator[bytes]:
            yield first
            async for piece in body:
                yield piece

        def decide(line: bytes, number: int) -> Accepted | RequestRefused:
            try:
                speaker = callers.admit_line(request)
            except RequestRefused as refused:
                return refused
            return decide_bulk_line(line, number, key, speaker, datetime.now(UTC))

        return Bulk(request, rest(), decide, keeping.submit)

    calls.serve_description(lambda document: complete(document, sender.channels), openapi.WITH_KEYS)
    return calls


def read_text(adapter: TypeAdapter[str], value: str, name: str, place: Place) -> str:
    """``value``, from a header or the path, as what ``adapter`` stands for. Raises RequestRefused."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise InvalidField(name, advise(error.errors(include_input=False)[0]), place) from None


def read_key(request: Incoming) -> str | None:
    """The request's Idempotency-Key, if it has one. Raises RequestRefused.

    A header is bytes. Starlette reads them as Latin-1, senders write UTF-8.
    """
    given = request.headers.getlist(KEY_HEADER)
    if not given:
        return None
    if len(given) > 1:
        raise InvalidField(KEY_HEADER, "this header stands twice: send one", "header")
    try:
        key = given[0].encode("latin-1").decode()
    except UnicodeDecodeError:
        raise InvalidField(
            KEY_HEADER, "this is not UTF-8: send it as UTF-8, as in a line of a bulk body", "header"
        ) from None
    return read_text(NAME, key, KEY_HEADER, "header")
