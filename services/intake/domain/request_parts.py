"""The objects within a request's body: strict models, each from the tolerant part of an event that it becomes."""

from __future__ import annotations

from typing import Any

from schemas import complaint, personal
from schemas.primitives import Text


class Customer(complaint.Customer, extra="forbid", strict=True):
    """Who complains. ``name`` and ``contact`` become personal data of the complaint."""

    name: Text | None = None
    contact: Text | None = None


class Representative(personal.Representative, extra="forbid", strict=True):
    """Who speaks for the customer; becomes personal data of the complaint."""


class Amount(complaint.Amount, extra="forbid", strict=True):
    """Money at stake: a decimal as text, and an ISO 4217 code."""


class About(complaint.About, extra="forbid", strict=True):
    """Whom the customer complains of, by the operator's own id."""


class Attachment(complaint.Attachment, extra="forbid", strict=True):
    """What was attached, never the bytes."""


class RedressItem(complaint.RedressItem, extra="forbid", strict=True):
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
    complaint.Customer: Customer,
    complaint.Amount | None: Amount | None,
    complaint.About | None: About | None,
    tuple[complaint.Attachment, ...]: tuple[Attachment, ...],
    tuple[complaint.RedressItem, ...]: tuple[RedressItem, ...],
    personal.ReplyPersonal: Reply,
    personal.NotePersonal: Note,
    personal.ReasonPersonal: Reason,
    personal.RequiredReasonPersonal: RequiredReason,
}
"""From the type of an event's field to its type here, where a model within the event must be strict too."""
