"""The personal part of each event: every text that a person wrote or that names one, to be encrypted and erased as one.

Only complaint-events and survey-responses carry it. No derived event, row, log or metric does.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from schemas.primitives import Frozen, Name, Text


def _describe_encrypted(schema: dict[str, Any]) -> None:
    schema["properties"]["encrypted"] = {
        "type": "string",
        "description": "Everything else, encrypted: a JSON Web Encryption (RFC 7516) of this object as JSON, whose kid "
        "is a key_id of the topic personal-keys. Then texts are missing, or empty where none may be missing.",
    }


class Personal(Frozen):
    """The personal part of an event. No service reads ``encrypted``: it is described for those who hold keys."""

    model_config = ConfigDict(json_schema_extra=_describe_encrypted)


class Representative(Frozen):
    """Who speaks for the customer, such as a relative, a lawyer or a consumer body."""

    name: Text | None = None
    contact: Text | None = None


class ComplaintPersonal(Personal):
    """All of a complaint that can name a person. ``attributes`` are a front-end's own fields."""

    subject: Text = ""
    body: Text = ""
    name: Text | None = None
    contact: Text | None = None
    representative: Representative | None = None
    # A literal {} would be deep-copied for every complaint without attributes: a sixth of its decoding.
    attributes: dict[Name, Text] = Field(default_factory=dict, json_schema_extra={"default": {}})


class ReplyPersonal(Personal):
    """What an agent or a customer wrote in a reply."""

    body: Text | None = None


class NotePersonal(Personal):
    """An agent's note."""

    note: Text | None = None


class ReasonPersonal(Personal):
    """Why it happened, in somebody's own words."""

    reason: Text | None = None


class RequiredReasonPersonal(Personal):
    """Why it happened, in somebody's own words, where nothing may happen without a reason."""

    reason: Text
