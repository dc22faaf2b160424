"""From a webhook call as it came to nothing, or to a refusal: whether its sender is who the channel's secret says.

A channel may have several secrets at once, so that its sender can change one. All comparisons take the same time
wherever two values differ.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Literal, Protocol

from schemas.messages import Message
from services.intake.domain.refusals import Fault, Place, RequestRefused
from services.intake.domain.webhook_bodies import read_pairs

TOLERANCE = timedelta(minutes=5)
"""How far the instant that was signed may be from ours: what the libraries of Standard Webhooks allow."""

MOST_SIGNATURES = 20
"""Of one Standard Webhooks call: one for each secret that its sender has at the moment."""

Digest = Literal["sha1", "sha256", "sha512"]
Encoding = Literal["hex", "base64"]


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A call as it came. Names of headers are in lower case; header values are bytes read as Latin-1."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: datetime


class Verification(Protocol):
    """One way of knowing a sender."""

    def check(self, call: WebhookCall) -> None:
        """Raises RequestRefused unless the call is its sender's."""


@dataclass(frozen=True, slots=True)
class StandardWebhooks:
    """Standard Webhooks 1.0.0: HMAC-SHA256 of id, timestamp and body. ``keys`` are the decoded secrets."""

    keys: tuple[bytes, ...] = field(repr=False)

    def check(self, call: WebhookCall) -> None:
        """Raises RequestRefused, too, for a call that was signed long ago: it may be a replay."""
        message_id, timestamp = _header(call, "webhook-id"), _header(call, "webhook-timestamp")
        given = _header(call, "webhook-signature")
        signed = b".".join((message_id.encode("latin-1"), timestamp.encode("latin-1"), call.body))
        expected = [b"v1," + b64encode(hmac.digest(key, signed, "sha256")) for key in self.keys]
        require_one_of(expected, given.split(" ")[:MOST_SIGNATURES])
        require_recent(timestamp, call.now)


@dataclass(frozen=True, slots=True)
class HmacHeader:
    """An HMAC of the body in a header, after a prefix: what WhatsApp, GitHub and many others send."""

    keys: tuple[bytes, ...] = field(repr=False)
    header: str
    prefix: str = ""
    digest: Digest = "sha256"
    encoding: Encoding = "hex"

    def check(self, call: WebhookCall) -> None:
        """Nothing in such a call says when it was signed: a replay gets the ids of the first."""
        given = _header(call, self.header)
        expected = [self._encode(hmac.digest(key, call.body, self.digest)) for key in self.keys]
        require_one_of(expected, [given])

    def _encode(self, mac: bytes) -> bytes:
        encoded = mac.hex().encode() if self.encoding == "hex" else b64encode(mac)
        return self.prefix.encode() + encoded


@dataclass(frozen=True, slots=True)
class Twilio:
    """Twilio's HMAC-SHA1 of the address that it was given and the form's fields by name. ``keys`` are auth tokens."""

    keys: tuple[bytes, ...] = field(repr=False)
    url: str

    def check(self, call: WebhookCall) -> None:
        """``url`` is written down, since a gateway may have changed what the request says of it."""
        given = _header(call, "x-twilio-signature")
        fields = "".join(name + value for name, value in sorted(set(read_pairs(call.body))))
        signed = (self.url + fields).encode()
        require_one_of([b64encode(hmac.digest(key, signed, "sha1")) for key in self.keys], [given])


@dataclass(frozen=True, slots=True)
class TelegramToken:
    """The secret itself in a header, as it was given to Telegram's ``setWebhook``."""

    keys: tuple[bytes, ...] = field(repr=False)

    def check(self, call: WebhookCall) -> None:
        """Whoever sees one call can send others: it needs TLS."""
        require_one_of(self.keys, [_header(call, "x-telegram-bot-api-secret-token")])


@dataclass(frozen=True, slots=True)
class WeChat:
    """WeChat's SHA-1 of token, timestamp and nonce in the order of the alphabet. ``keys`` are tokens."""

    keys: tuple[bytes, ...] = field(repr=False)

    def check(self, call: WebhookCall) -> None:
        """The body is not signed, so that only a recent timestamp counts, and the call needs TLS."""
        given, timestamp, nonce = (require_parameter(call, name) for name in ("signature", "timestamp", "nonce"))
        require_one_of([sign_wechat(key, timestamp, nonce) for key in self.keys], [given])
        require_recent(timestamp, call.now)


def sign_wechat(token: bytes, *parts: str) -> bytes:
    """The SHA-1 of a token and what it signs, in the order of the alphabet."""
    return sha1(b"".join(sorted((token, *(part.encode() for part in parts))))).hexdigest().encode()  # noqa: S324


def require_one_of(expected: tuple[bytes, ...] | list[bytes], given: list[str]) -> None:
    """Raises RequestRefused unless one of ``given`` is one of ``expected``."""
    found = [hmac.compare_digest(one, other.encode()) for one in expected for other in given]
    if not any(found):
        raise RequestRefused("wrong_signature", "It is not signed with a secret of this channel")


def require_recent(timestamp: str, now: datetime) -> None:
    """``timestamp`` is in seconds since 1970. Raises RequestRefused."""
    seconds = int(timestamp) if timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 13 else 0
    if abs(now.timestamp() - seconds) > TOLERANCE.total_seconds():
        detail = Message(
            "It was signed more than {minutes} minutes from this server's clock", minutes=TOLERANCE.seconds // 60
        )
        raise RequestRefused("stale_signature", detail)


def _header(call: WebhookCall, name: str) -> str:
    return _require(call.headers.get(name.lower()), name, "header")


def require_parameter(call: WebhookCall, name: str) -> str:
    """A parameter of the query that the sender's signature needs. Raises RequestRefused where it is missing."""
    return _require(call.query.get(name), name, "parameter")


def _require(value: str | None, name: str, place: Place) -> str:
    if not value:
        detail = "the sender of this channel signs its calls, and this is missing"
        raise RequestRefused("missing_signature", "It is not signed", Fault(name, detail, place))
    return value
