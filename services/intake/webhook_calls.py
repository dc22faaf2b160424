"""Webhooks over HTTP: a sender's calls and challenges. Its signature stands in the place of an API key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from starlette.responses import PlainTextResponse, Response

from services.intake.bodies import Incoming
from services.intake.domain.arrivals import Sender
from services.intake.domain.refusals import RequestRefused
from services.intake.domain.signatures import WebhookCall
from services.intake.domain.webhooks import Webhook, accept_call, answer_challenge
from services.intake.keeping import Keeping
from services.intake.metrics import IGNORED

logger = structlog.get_logger(__name__)


class WebhookCalls:
    """Answers for the channels that have a webhook. ``anybody`` is who sends where there are no keys."""

    def __init__(self, webhooks: Mapping[str, Webhook], anybody: Sender, keeping: Keeping) -> None:
        self._webhooks = webhooks
        self._anybody = anybody
        self._keeping = keeping

    async def receive(self, request: Incoming, channel: str) -> Response:
        """What a sender has to tell. The same call again is the same events."""
        webhook = self._find(channel)
        try:
            outcome = accept_call(webhook, _read(request, await request.whole()), self._anybody)
        except RequestRefused as refused:
            if refused.reason == "unmapped":
                _tell_operator(channel, refused)
            raise
        await self._keeping.keep_all(outcome.accepted, request)
        for reason in outcome.ignored:
            IGNORED.labels(channel, reason).inc()
        for refusal in outcome.refused:
            _tell_operator(channel, refusal)
        if outcome.refused:
            raise outcome.refused[0]
        success = webhook.success
        return Response(success.body, success.status, media_type=success.media_type if success.body else None)

    async def answer(self, request: Incoming, channel: str) -> Response:
        """A challenge: what the sender wants to read before it sends anything."""
        webhook = self._find(channel)
        if not webhook.is_challenged:
            raise RequestRefused("not_found", "The sender of this channel does not ask; it posts")
        return PlainTextResponse(answer_challenge(webhook, _read(request, b"")))

    def _find(self, channel: str) -> Webhook:
        webhook = self._webhooks.get(channel)
        if webhook is None:
            raise RequestRefused("not_found", "This channel has no webhook")
        return webhook


def _read(request: Incoming, body: bytes) -> WebhookCall:
    return WebhookCall(dict(request.headers), dict(request.query_params), body, datetime.now(UTC))


def _tell_operator(channel: str, refused: RequestRefused) -> None:
    """Of what was verified: few senders show their people what they were answered."""
    said = {"reason": refused.reason, "places": [fault.where for fault in refused.faults]}
    logger.warning("a verified webhook is refused: correct its mapping", channel=channel, **said)
