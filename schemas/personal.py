"""The personal part of each event: every text that a person wrote or that names one, to be encrypted and erased as one.

Only complaint-events and survey-responses carry it. No derived event, row, log or metric does.
"""

from __future__ import annotations

from pydantic import Field

from schemas.primitives import Frozen, Name, Text


class Representative(Frozen):
    """Who speaks for the customer, such as a relative, a lawyer or a consumer body."""

    name: Text | None = None
    contact: Text | None = None


class ComplaintPersonal(Frozen):
    """All of a complaint that can name a person. ``attributes`` are a front-end's own fields."""

    subject: Text = ""
    body: Text = ""
    name: Text | None = None
    contact: Text | None = None
    representative: Representative | None = None
    # A literal {} would be deep-copied for every complaint without attributes: a sixth of its decoding.
    attributes: dict[Name, Text] = Field(default_factory=dict, json_schema_extra={"default": {}})


class ReplyPersonal(Frozen):
    """What an agent or a customer wrote in a reply."""

    body: Text | None = None


class NotePersonal(Frozen):
    """An agent's note."""

    note: Text | None = None


class ReasonPersonal(Frozen):
    """Why it happened, in somebody's own words."""

    reason: Text | None = None


class RequiredReasonPersonal(Frozen):
    """Why it happened, in somebody's own words, where nothing may happen without a reason."""

    reason: Text
