"""The objects within a request's body: strict models, each from the tolerant part of an event that it becomes."""

from __future__ import annotations

from typing import Any

from schemas import events, personal
from schemas.primitives import Text


class Customer(events.Customer, extra="forbid", strict=True):
    """Who complains. ``name`` and ``contact`` become personal data of the complaint."""

    name: Text | None = None
    contact: Text | None = None


class Representative(personal.Representative, extra="forbid", strict=True):
    """Who speaks for the customer; becomes personal data of the complaint."""


class Amount(events.Amount, extra="forbid", strict=True):
    """Money at stake: a decimal as text, and an ISO 4217 code."""


class About(events.About, extra="forbid", strict=True):
    """Whom the customer complains of, by the operator's own id."""


class Attachment(events.Attachment, extra="forbid", strict=True):
    """What was attached, never the bytes."""


class RedressItem(events.RedressItem, extra="forbid", strict=True):
    """Something given to put the complaint right."""

    amount: Amount | None = None


class Reply(personal.ReplyPersonal, extra="forbid", strict=True):
    """What an agent or a customer wrote in a reply."""


class Note(personal.NotePersonal, extra="forbid", strict=True):
    """An agent's note."""


class Reason(personal.ReasonPersonal, extra="forbid", strict=True):
    """Why it happened, in somebody's own words."""


class RequiredReason(personal.RequiredReasonPersonal, extra="forbid", strict=True):
    """Why it happened, in somebody's own words; it must be given."""


STRICT: dict[Any, Any] = {
    events.Customer: Customer,
    events.Amount | None: Amount | None,
    events.About | None: About | None,
    tuple[events.Attachment, ...]: tuple[Attachment, ...],
    tuple[events.RedressItem, ...]: tuple[RedressItem, ...],
    personal.ReplyPersonal: Reply,
    personal.NotePersonal: Note,
    personal.ReasonPersonal: Reason,
    personal.RequiredReasonPersonal: RequiredReason,
}
"""From the type of an event's field to its type here, where a model within the event must be strict too."""
