"""What every call has in common: who sends, under which circumstances, and what is to be kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from schemas.ids import is_test_id
from schemas.messages import Message
from schemas.primitives import ReportedEvent
from services.intake.domain.api_keys import ApiKey, Denial, authorize
from services.intake.domain.identity import FreshId, IdempotencyKey
from services.intake.domain.refusals import FieldRefused, Place, RequestRefused
from services.intake.domain.scopes import Scope

SKEW = timedelta(minutes=5)
"""How far a sender's clock may be off from ours."""

NO_CHANNEL = "none"
"""Stands for the channel of what was not sent through one."""


_DENIALS: dict[Denial, str] = {
    "revoked_key": "Ask who runs this deployment for a new key",
    "expired_key": "Ask who runs this deployment for a new key",
    "wrong_scope": "This key would need the scope {scopes}",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the owner, the deployment's channels, where new ids come from, and the API key if there are any."""

    owner: str
    channels: frozenset[str]
    fresh_id: FreshId
    key: ApiKey | None = None

    @property
    def is_test(self) -> bool:
        """Whether what is sent is to count nowhere."""
        return self.key is not None and self.key.test


@dataclass(frozen=True, slots=True)
class Arrival:
    """The circumstances of a request."""

    sender: Sender
    idempotency_key: IdempotencyKey | None
    now: datetime


class Circumstances(TypedDict):
    """What the fields of a body are checked against, as the context of its validation."""

    sender: Sender
    now: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is to be kept. ``subject`` is whom it is about: the complaint's id, or the agent's.

    ``duplicate_safe``: the same request again would be the same event. ``owner`` is whose customer complains, of a
    reception.
    """

    event: ReportedEvent
    subject: str
    channel: str
    duplicate_safe: bool
    owner: str | None = None

    @property
    def is_test(self) -> bool:
        """Whether it is about a test complaint."""
        complaint_id: str | None = getattr(self.event, "complaint_id", None)
        return complaint_id is not None and is_test_id(complaint_id)


def find_channel_fault(channel: str, sender: Sender) -> FieldRefused | None:
    """Why ``sender`` may not use ``channel``; None where it may."""
    if channel not in sender.channels:
        names = ", ".join(sorted(sender.channels))
        return FieldRefused(
            "unknown_channel", Message("there is no such channel; there are {channels}", channels=names)
        )
    if sender.key is not None and not sender.key.may_use(channel):
        names = ", ".join(sorted(sender.key.channels or ()))
        return FieldRefused("wrong_channel", Message("this key may use {channels}", channels=names))
    return None


def check_channel(channel: str, sender: Sender, place: Place = "pointer") -> None:
    """Raises RequestRefused unless ``sender`` may use ``channel``."""
    if fault := find_channel_fault(channel, sender):
        raise fault.at("/channel" if place == "pointer" else "channel", place)


def check_scope(sender: Sender, scopes: tuple[Scope, ...], now: datetime) -> None:
    """Raises RequestRefused unless the sender's key, if it has one, allows now what any of ``scopes`` allows."""
    denial = authorize(sender.key, scopes, now) if sender.key is not None else None
    if denial is not None:
        raise RequestRefused(denial, Message(_DENIALS[denial], scopes=", ".join(scopes)))


def check_complaint(complaint_id: str, sender: Sender) -> None:
    """Raises RequestRefused unless the complaint is of the sender's kind: a test complaint of a test key, or neither.

    Otherwise a test would change what is counted, or a real event would be counted nowhere.
    """
    if is_test_id(complaint_id) != sender.is_test:
        detail = "This key is for tests: it may address test complaints alone"
        if not sender.is_test:
            detail = "This is a test complaint: test keys alone may address it"
        raise RequestRefused("test_key", detail)


def find_future_fault(given: datetime, now: datetime) -> FieldRefused | None:
    """Why something cannot have happened at ``given``; None where it can."""
    if given <= now + SKEW:
        return None
    minutes = SKEW // timedelta(minutes=1)
    return FieldRefused(
        "in_the_future", Message("more than {minutes} minutes ahead of this server's clock", minutes=minutes)
    )


def check_occurred_at(given: datetime | None, now: datetime) -> datetime:
    """When it happened, in UTC; ``now`` where that was left out. Raises RequestRefused for the future."""
    if given is None:
        return now
    if fault := find_future_fault(given, now):
        raise fault.at("/occurred_at")
    return given.astimezone(UTC)
