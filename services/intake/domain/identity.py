"""From who sent something, and what they call it, to the ids under which it is kept.

The same words give the same ids, so a front-end's retry needs no stored state to be seen as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from schemas.ids import derived_id, mark_test_id

FreshId = Callable[[], str]
"""Gives an id that nobody has had before, for what its sender gave no name."""


IdempotencyKey = tuple[str, ...]
"""A sender's key for one thing: its own words, or a request's key and the number of one of the request's lines."""


class Identity(NamedTuple):
    """Ids, and whether the same request would get them again."""

    complaint_id: str
    event_id: str
    duplicate_safe: bool


def derive_complaint_id(owner: str, channel: str, external_ref: str, *, is_test: bool = False) -> str:
    """The id of the complaint that ``owner`` calls ``external_ref`` on ``channel``."""
    complaint_id = derived_id(owner, channel, "ref", external_ref)
    return mark_test_id(complaint_id) if is_test else complaint_id


def identify_complaint(
    owner: str,
    channel: str,
    external_ref: str | None,
    idempotency_key: IdempotencyKey | None,
    fresh_id: FreshId,
    *,
    is_test: bool = False,
) -> Identity:
    """The ids of a new complaint."""
    if external_ref is not None:
        complaint_id = derive_complaint_id(owner, channel, external_ref)
    elif idempotency_key is not None:
        complaint_id = derived_id(owner, channel, "key", *idempotency_key)
    else:
        complaint_id = fresh_id()
    if is_test:
        complaint_id = mark_test_id(complaint_id)
    if external_ref is None and idempotency_key is None:
        return Identity(complaint_id, fresh_id(), duplicate_safe=False)
    name = idempotency_key or (external_ref or "",)
    return Identity(complaint_id, derived_id(complaint_id, "complaint_received", *name), duplicate_safe=True)


def identify_agent_status(
    owner: str, agent_id: str, idempotency_key: IdempotencyKey | None, fresh_id: FreshId
) -> tuple[str, bool]:
    """The id of a report about an agent, and whether the same request would get it again."""
    if idempotency_key is None:
        return fresh_id(), False
    return derived_id(owner, "agent", agent_id, "agent_status_reported", *idempotency_key), True


def identify_event(
    complaint_id: str, event_type: str, *within: str, idempotency_key: IdempotencyKey | None, fresh_id: FreshId
) -> Identity:
    """The ids of something that happened to ``complaint_id``.

    A key counts for what it addresses: a complaint and, ``within`` it, such as one of its surveys.
    """
    if idempotency_key is None:
        return Identity(complaint_id, fresh_id(), duplicate_safe=False)
    event_id = derived_id(complaint_id, event_type, *within, *idempotency_key)
    return Identity(complaint_id, event_id, duplicate_safe=True)
