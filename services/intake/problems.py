"""From a refusal to the answer that says so: application/problem+json (RFC 9457), and nothing else anywhere."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from services.intake.domain.refusals import Reason, RequestRefused
from services.intake.metrics import REFUSED
from services.intake.translation import ENGLISH, translate

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
"""A broker that was restarted listens again after about four."""

PROBLEMS: dict[Reason, tuple[int, str]] = {
    "malformed_request": (400, "This is not HTTP"),
    "head_too_large": (431, "The request line and headers are too large"),
    "malformed_json": (400, "The body is not JSON"),
    "malformed_form": (400, "The body is not a form"),
    "malformed_xml": (400, "The body is not XML"),
    "malformed_encoding": (400, "The body cannot be decompressed"),
    "malformed_path": (400, "The path is not text"),
    "missing_key": (401, "An API key is needed"),
    "unknown_key": (401, "There is no such API key"),
    "revoked_key": (401, "The API key has been revoked"),
    "expired_key": (401, "The API key has expired"),
    "test_key": (403, "Test keys and test complaints go together"),
    "wrong_scope": (403, "The API key does not allow this"),
    "wrong_channel": (403, "The API key is not for this channel"),
    "missing_signature": (403, "The sender's signature is missing"),
    "wrong_signature": (403, "The sender's signature is wrong"),
    "stale_signature": (403, "The sender's signature is too old"),
    "not_found": (404, "There is nothing here"),
    "unknown_survey": (404, "There is no such survey"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "upload_timeout": (408, "The body did not arrive in time"),
    "survey_expired": (410, "The survey has expired"),
    "too_large": (413, "The body is too large"),
    "too_many_lines": (413, "The body has too many lines"),
    "unsupported_media_type": (415, "The body is of a type that is not taken"),
    "invalid": (422, "The body is not what this call takes"),
    "unknown_channel": (422, "There is no such channel"),
    "in_the_future": (422, "An event cannot have happened yet"),
    "mail_loop": (422, "The mail is one of ours"),
    "unmapped": (422, "The channel's mapping does not fit"),
    "rate_exceeded": (429, "The API key asks too often"),
    "internal": (500, "A fault of ours"),
    "kafka_away": (503, "Nothing can be kept at the moment"),
    "busy": (503, "Too many requests are open"),
}
"""Status and title of each reason for which intake refuses."""


_REALM = 'Bearer realm="redress"'
CHALLENGES = {
    HTTPStatus.UNAUTHORIZED: f'{_REALM}, error="invalid_token"',
    HTTPStatus.FORBIDDEN: f'{_REALM}, error="insufficient_scope"',
}
"""WWW-Authenticate by status (RFC 6750, section 3)."""
SIGNATURES: tuple[Reason, ...] = ("missing_signature", "wrong_signature", "stale_signature")
"""Of webhooks, whose senders show no key: no key would help them."""


def name_reason(reason: Reason) -> str:
    """A reason as the answer and its examples spell it."""
    return reason.replace("_", "-")


class FieldFault(BaseModel):
    """One thing that is wrong, and the one place where it stands."""

    pointer: Annotated[str | None, Field(description="JSON pointer into the body (RFC 6901)")] = None
    header: Annotated[str | None, Field(description="Name of a request header")] = None
    parameter: Annotated[str | None, Field(description="Name of a part of the path or of the query")] = None
    detail: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: Annotated[
        str,
        Field(
            description="urn:redress:problem: and the reason, from a closed set",
            json_schema_extra={"enum": [f"urn:redress:problem:{name_reason(reason)}" for reason in PROBLEMS]},
        ),
    ]
    title: str
    status: int
    detail: str
    errors: list[FieldFault]
    retry_after: Annotated[
        int | None, Field(description="Seconds, where the key asks too often: a line of a bulk answer has no header")
    ] = None


def describe_problem(refused: RequestRefused, language: str = ENGLISH) -> dict[str, Any]:
    """The members of the answer, for people in a ``language`` of translation.py."""
    status, title = PROBLEMS[refused.reason]
    return {
        "type": f"urn:redress:problem:{name_reason(refused.reason)}",
        "title": translate(title, language),
        "status": status,
        "detail": translate(refused.detail, language),
        "errors": [{fault.place: fault.where, "detail": translate(fault.detail, language)} for fault in refused.faults],
        **({"retry_after": refused.retry_after} if refused.retry_after is not None else {}),
    }


def respond(refused: RequestRefused, headers: dict[str, str] | None = None, language: str = ENGLISH) -> Response:
    """The whole answer, counted."""
    REFUSED.labels(refused.reason).inc()
    content = describe_problem(refused, language)
    headers = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    if content["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if content["status"] == HTTPStatus.REQUEST_TIMEOUT:
        headers["Connection"] = "close"  # What is left of the body would still come, as slowly.
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    if content["status"] in CHALLENGES and refused.reason not in SIGNATURES:
        headers["WWW-Authenticate"] = _REALM if refused.reason == "missing_key" else CHALLENGES[content["status"]]
    return Response(json.dumps(content, ensure_ascii=False), content["status"], headers, MEDIA_TYPE)
