"""What is known of the encryption of personal data: the key of each event, what was erased, and what is held.

None of it is personal by itself. A customer is named by the HMAC of the id (``services.personal.encryption``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from schemas.primitives import Event, Identifier, Name

Pseudonym = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""HMAC-SHA256 of a customer's id, in hexadecimal."""

CompactJwe = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$")]
"""Five parts of base64url with dots between them (RFC 7516, section 3.1)."""


class PersonalKeyKept(Event):
    """The key of one event's ``personal``, encrypted. Without this record nobody can read what the event says.

    ``customer`` and ``owner`` are known of a reception alone; all other keys follow their complaint.
    """

    type: Literal["personal_key_kept"] = "personal_key_kept"
    complaint_id: Identifier
    key_id: Name
    encrypted_key: CompactJwe
    owner: Name | None = None
    customer: Pseudonym | None = None


class ComplaintErased(Event):
    """The keys of a complaint's events that were recorded up to ``occurred_at`` were destroyed."""

    type: Literal["complaint_erased"] = "complaint_erased"
    complaint_id: Identifier
    customer: Pseudonym | None = None


class LegalHoldPlaced(Event):
    """Nothing of ``held`` is erased before the hold is released. ``held`` is a complaint's id or a pseudonym."""

    type: Literal["legal_hold_placed"] = "legal_hold_placed"
    held: Identifier | Pseudonym
    reason: Name
    placed_by: Name
