"""From what is wrong with a request to the refusal: a reason of a closed set, and each place that is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import ValidationError

from schemas.messages import Message
from services.intake.domain.advice import advise
from services.intake.domain.malformed_json import describe_malformed

Reason = Literal[
    "malformed_request",
    "head_too_large",
    "malformed_json",
    "malformed_form",
    "malformed_xml",
    "malformed_encoding",
    "malformed_path",
    "missing_key",
    "unknown_key",
    "revoked_key",
    "expired_key",
    "test_key",
    "wrong_scope",
    "wrong_channel",
    "missing_signature",
    "wrong_signature",
    "stale_signature",
    "not_found",
    "unknown_survey",
    "method_not_allowed",
    "upload_timeout",
    "survey_expired",
    "too_large",
    "too_many_lines",
    "unsupported_media_type",
    "invalid",
    "unknown_channel",
    "in_the_future",
    "mail_loop",
    "unmapped",
    "rate_exceeded",
    "kafka_away",
    "busy",
    "internal",
]
"""Every reason for which intake refuses."""

FieldReason = Literal["unknown_channel", "wrong_channel", "in_the_future"]
SAID_OF_FIELDS: dict[FieldReason, str] = {
    "unknown_channel": "The channel is not one of this deployment's",
    "wrong_channel": "This key may not use the channel",
    "in_the_future": "An event cannot have happened yet",
}
"""Of a request in which nothing else is wrong. Among other faults it is one of the fields that are wrong."""

Place = Literal["pointer", "header", "parameter"]

MOST_FAULTS = 20
"""How many faults one answer names: a body of nonsense does not earn a longer answer than the body."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands (a JSON pointer, a header's or a parameter's name) and how."""

    where: str
    detail: str
    place: Place = "pointer"


class RequestRefused(Exception):
    """The request is refused under ``reason``. Nothing in it quotes a value that was sent."""

    retry_after: int | None = None
    """Seconds to wait before it is sent again, where that is known."""

    def __init__(self, reason: Reason, detail: str, *faults: Fault) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.faults = faults

    def move_inside(self, prefix: str) -> RequestRefused:
        """The same, of a body that stands at ``prefix`` of a larger one."""
        moved = (replace(fault, where=prefix + fault.where) for fault in self.faults)
        return RequestRefused(self.reason, self.detail, *moved)


class InvalidField(RequestRefused):
    """One field is refused."""

    def __init__(self, where: str, detail: str, place: Place = "pointer") -> None:
        super().__init__("invalid", "A field is wrong", Fault(where, detail, place))


class FieldRefused(ValueError):
    """A value that could be right elsewhere, and is refused here, under a ``reason`` of its own."""

    def __init__(self, reason: FieldReason, detail: str) -> None:
        super().__init__(detail)
        self.reason: FieldReason = reason
        self.detail = detail

    def at(self, where: str, place: Place = "pointer") -> RequestRefused:
        """The refusal of a request in which this is all that is wrong."""
        return RequestRefused(self.reason, SAID_OF_FIELDS[self.reason], Fault(where, self.detail, place))


class RateExceeded(RequestRefused):
    """The sender's key asks more often than it may."""

    def __init__(self, seconds: int) -> None:
        super().__init__("rate_exceeded", Message("This key may ask again in {seconds} s", seconds=seconds))
        self.retry_after = seconds


def explain_invalid_body(
    error: ValidationError, body: bytes, personal_fields: Mapping[str, frozenset[str]]
) -> RequestRefused:
    """The refusal for what pydantic found in ``body``.

    ``personal_fields`` says of each type of event what it takes inside ``personal``. The types are the tags of
    a union, which stand in pydantic's path and are no part of a pointer.
    """
    found = error.errors(include_url=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        detail = describe_malformed(body, str(found[0]["msg"]))
        return RequestRefused("malformed_json", detail, Fault("", detail))
    faults = [_describe_fault(dict(one), personal_fields) for one in found[:MOST_FAULTS]]
    refused = [one["ctx"]["error"] for one in found if isinstance(one.get("ctx", {}).get("error"), FieldRefused)]
    if len(found) == len(refused) and len({one.reason for one in refused}) == 1:
        return RequestRefused(refused[0].reason, SAID_OF_FIELDS[refused[0].reason], *faults)
    detail = Message("{count} fields are wrong", count=len(found)) if len(found) > 1 else "A field is wrong"
    return RequestRefused("invalid", detail, *faults)


def _describe_fault(error: dict[str, Any], personal_fields: Mapping[str, frozenset[str]]) -> Fault:
    kind = error["type"]
    path = [part for part in error["loc"] if part != "[key]"]
    if kind.startswith("union_tag"):
        path.append("type")
    outer = path[:1] if path[:1] == ["event"] else []
    inner = path[len(outer) :]
    event_type = inner.pop(0) if inner and inner[0] in personal_fields else None
    where = format_pointer(outer + inner)
    if kind == "extra_forbidden" and event_type and len(inner) == 1 and inner[0] in personal_fields[event_type]:
        return Fault(
            where, Message("write it inside personal: {place}", place=format_pointer([*outer, "personal", *inner]))
        )
    return Fault(where, advise(error))


def format_pointer(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of ``path``."""
    return "".join("/" + str(part)[:200].replace("~", "~0").replace("/", "~1") for part in path)
