"""What events of complaints are made of: who complains, of whom, the money at stake, attachments, what was given."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.primitives import Frozen, Integer, Name


class Customer(Frozen):
    """Who complains, without what would name them: that is in ``personal``."""

    id: Name
    tier: Name | None = None
    language: Name | None = None


class Amount(Frozen):
    """Money at stake: a decimal as text, and an ISO 4217 code."""

    value: Annotated[str, Field(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,6})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Attachment(Frozen):
    """What was attached, never the bytes."""

    name: Name
    media_type: Name
    size: Annotated[Integer, Field(ge=0)]
    url: Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")] | None = None


class About(Frozen):
    """Whom the customer complains of, by the operator's own id."""

    kind: Literal["agent", "branch", "partner"]
    id: Name


class RedressItem(Frozen):
    """Something given to put the complaint right. ``kind`` is a code of the operator's list, such as refund."""

    kind: Name
    amount: Amount | None = None
