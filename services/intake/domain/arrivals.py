"""What every call has in common: who sends, under which circumstances, and what is to be kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.messages import Message
from schemas.primitives import ReportedEvent
from services.intake.domain.api_keys import ApiKey, Denial, authorize
from services.intake.domain.identity import FreshId, IdempotencyKey
from services.intake.domain.refusals import Fault, Place, RequestRefused
from services.intake.domain.scopes import Scope

SKEW = timedelta(minutes=5)
"""How far a sender's clock may be off from ours."""

NO_CHANNEL = "none"
"""Stands for the channel of what was not sent through one."""


_DENIALS: dict[Denial, str] = {
    "revoked_key": "Ask who runs this deployment for a new key",
    "expired_key": "Ask who runs this deployment for a new key",
    "test_key": "What a test key sends would be counted like everything else, so it is not taken yet",
    "wrong_scope": "This key would need the scope {scopes}",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the owner, the deployment's channels, where new ids come from, and the API key if there are any."""

    owner: str
    channels: frozenset[str]
    fresh_id: FreshId
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """The circumstances of a request."""

    sender: Sender
    idempotency_key: IdempotencyKey | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is to be kept. ``subject`` is whom it is about: the complaint's id, or the agent's.

    ``duplicate_safe``: the same request again would be the same event.
    """

    event: ReportedEvent
    subject: str
    channel: str
    duplicate_safe: bool


def check_channel(channel: str, sender: Sender, place: Place = "pointer") -> None:
    """Raises RequestRefused unless ``sender`` may use ``channel``."""
    where = "/channel" if place == "pointer" else "channel"
    if channel not in sender.channels:
        detail = Message("there is no such channel; there are {channels}", channels=", ".join(sorted(sender.channels)))
        raise RequestRefused(
            "unknown_channel", "The channel is not one of this deployment's", Fault(where, detail, place)
        )
    if sender.key is not None and not sender.key.may_use(channel):
        detail = Message("this key may use {channels}", channels=", ".join(sorted(sender.key.channels or ())))
        raise RequestRefused("wrong_channel", "This key may not use the channel", Fault(where, detail, place))


def check_scope(sender: Sender, scopes: tuple[Scope, ...], now: datetime) -> None:
    """Raises RequestRefused unless the sender's key, if it has one, allows now what any of ``scopes`` allows."""
    denial = authorize(sender.key, scopes, now) if sender.key is not None else None
    if denial is not None:
        raise RequestRefused(denial, Message(_DENIALS[denial], scopes=", ".join(scopes)))


def check_occurred_at(given: datetime | None, now: datetime) -> datetime:
    """When it happened, in UTC; ``now`` where that was left out. Raises RequestRefused for the future."""
    if given is None:
        return now
    if given > now + SKEW:
        detail = Message(
            "more than {minutes} minutes ahead of this server's clock", minutes=SKEW // timedelta(minutes=1)
        )
        raise RequestRefused("in_the_future", "An event cannot have happened yet", Fault("/occurred_at", detail))
    return given.astimezone(UTC)
