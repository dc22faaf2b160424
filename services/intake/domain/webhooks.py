"""From a webhook call to what is kept of it, or to the answer of a challenge; what a channel's webhook is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hmac import compare_digest

from services.intake.domain.arrivals import Arrival, Sender
from services.intake.domain.refusals import Fault, RequestRefused
from services.intake.domain.signatures import StandardWebhooks, Verification, WebhookCall, WeChat
from services.intake.domain.webhook_bodies import BodyKind, read_body
from services.intake.domain.webhook_mapping import Outcome, WebhookMapping, accept_webhook
from services.intake.domain.wechat_encryption import WeChatEncrypted


@dataclass(frozen=True, slots=True)
class Success:
    """What a sender is answered whose call is kept."""

    status: int = 200
    media_type: str = "text/plain"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A GET by which a sender finds out who listens: it shows one of ``tokens``, and wants ``answer`` back.

    ``token`` and ``answer`` are the names of parameters in the query.
    """

    token: str
    answer: str
    tokens: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One channel's webhook. ``owner`` is whose complaints arrive through it."""

    channel: str
    owner: str
    verification: Verification
    body_kind: BodyKind
    mapping: WebhookMapping
    success: Success = Success()
    challenge: Challenge | None = None

    @property
    def is_challenged(self) -> bool:
        """Whether its sender asks by GET before it sends."""
        return self.challenge is not None or isinstance(self.verification, WeChat | WeChatEncrypted)


def accept_call(webhook: Webhook, call: WebhookCall, sender: Sender) -> Outcome:
    """What becomes of a call; it is verified before it is read. Raises RequestRefused for the call as a whole."""
    webhook.verification.check(call)
    encryption = webhook.verification if isinstance(webhook.verification, WeChatEncrypted) else None
    body = read_body(webhook.body_kind, encryption.decrypt(call) if encryption else call.body)
    call_id = call.headers["webhook-id"] if isinstance(webhook.verification, StandardWebhooks) else None
    arrival = Arrival(replace(sender, owner=webhook.owner), None, call.now)
    return accept_webhook(webhook.mapping, webhook.channel, body, call_id, arrival)


def answer_challenge(webhook: Webhook, call: WebhookCall) -> str:
    """What the sender wants to read, once it has shown that it knows the secret. Raises RequestRefused."""
    if webhook.challenge is None:
        webhook.verification.check(call)
        if isinstance(webhook.verification, WeChatEncrypted) and "msg_signature" in call.query:
            return webhook.verification.decrypt(call).decode(errors="replace")
        return call.query.get("echostr", "")
    token = call.query.get(webhook.challenge.token, "").encode()
    if not any(compare_digest(token, known) for known in webhook.challenge.tokens):
        detail = "this is not the token that this channel has for its sender"
        raise RequestRefused(
            "wrong_signature", "The challenge shows a wrong token", Fault(webhook.challenge.token, detail, "parameter")
        )
    return call.query.get(webhook.challenge.answer, "")
