"""From the models of bodies to what /openapi.json says of each call: its body, its headers, and every answer."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from pydantic import TypeAdapter, WithJsonSchema
from starlette.responses import Response

from schemas.external_names import MOST_CHARACTERS, NAME_SCHEMA
from schemas.survey_token import TOKEN_PATTERN
from services.intake import examples
from services.intake.bulk import NDJSON
from services.intake.domain.cloud_event_modes import BATCH, STRUCTURED
from services.intake.domain.refusals import Reason
from services.intake.domain.request_models import IDENTIFIER
from services.intake.domain.request_parts import Channel
from services.intake.problems import MEDIA_TYPE, PROBLEMS, RETRY_AFTER_SECONDS, describe_problem, name_reason

JSON = "application/json"
MAIL = "message/rfc822"

SECURITY_SCHEMES = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "The text of an API key, which begins with redress_"}
}
WITH_KEYS: dict[str, Any] = {"security": [{"apiKey": []}]}
"""Said where callers have to show a key."""

IdentifierInPath = Annotated[str, WithJsonSchema(IDENTIFIER.json_schema())]
NameInPath = Annotated[str, WithJsonSchema(NAME_SCHEMA)]
ChannelInPath = Annotated[str, WithJsonSchema(TypeAdapter(Channel).json_schema())]
TokenInPath = Annotated[str, WithJsonSchema({"type": "string", "pattern": TOKEN_PATTERN})]
"""Parts of a path: FastAPI describes them so, and intake itself refuses what is none, in its own words."""

HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "What is sent again with the same key is kept once. In bulk, the key and a line's number are "
        "the key of a line that has none of its own. Beyond ASCII a key is taken in UTF-8, which few libraries send.",
        "schema": {"type": "string", "maxLength": MOST_CHARACTERS, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        "example": "W-20260131-0042-1",
    },
    {
        "name": "traceparent",
        "in": "header",
        "description": "The W3C trace that the event belongs to. What is none is ignored.",
        "schema": {"type": "string"},
        "example": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    },
]

ANY_CALL: tuple[Reason, ...] = (
    "malformed_request",
    "malformed_encoding",
    "malformed_path",
    "missing_key",
    "unknown_key",
    "revoked_key",
    "expired_key",
    "test_key",
    "wrong_scope",
    "wrong_channel",
    "not_found",
    "method_not_allowed",
    "upload_timeout",
    "too_large",
    "unsupported_media_type",
    "invalid",
    "rate_exceeded",
    "head_too_large",
    "internal",
    "kafka_away",
    "busy",
)
"""Why any call may be refused."""

_RETRY = {"description": f"In seconds; {RETRY_AFTER_SECONDS} where Kafka is away", "schema": {"type": "integer"}}
_CHALLENGE = {"description": "As in RFC 6750", "schema": {"type": "string"}}
ANSWER_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": _CHALLENGE},
    403: {"WWW-Authenticate": _CHALLENGE},
    405: {"Allow": {"description": "The methods that the path takes", "schema": {"type": "string"}}},
    408: {"Connection": {"description": "The rest of the body is not read", "schema": {"const": "close"}}},
    429: {"Retry-After": _RETRY},
    503: {"Retry-After": _RETRY},
}


def describe_call(body: str, *more_reasons: Reason, receipt: str = "Receipt") -> dict[str, Any]:
    """What FastAPI is to say of a call that takes one ``body`` and answers with a receipt."""
    return {
        **_describe_answers(*more_reasons, "malformed_json", "in_the_future", receipt=receipt),
        "openapi_extra": _describe_request(JSON, body),
    }


def describe_mail() -> dict[str, Any]:
    """What FastAPI is to say of the call that takes an e-mail."""
    body = {"required": True, "content": {MAIL: {"schema": {"type": "string", "format": "binary"}}}}
    return {
        **_describe_answers("unknown_channel", "mail_loop"),
        "openapi_extra": {"parameters": HEADERS, "requestBody": body},
    }


def _describe_answers(*more_reasons: Reason, receipt: str = "Receipt") -> dict[str, Any]:
    kept = {
        "description": "Kept: the broker has acknowledged it",
        "content": {JSON: {"schema": refer_to(receipt), "example": examples.RECEIPTS[receipt]}},
    }
    problems = _describe_problems(*ANY_CALL, *more_reasons)
    return {"status_code": 202, "responses": {202: kept, **problems}}


def describe_bulk() -> dict[str, Any]:
    """What FastAPI is to say of the bulk call."""
    refused = describe_problem(examples.PROBLEMS["unknown_channel"])
    told = {
        "description": "A line for each line, in order: a receipt, or a problem; both with `line` and `status`",
        "content": {
            NDJSON: {
                "schema": {"anyOf": [refer_to("BulkReceipt"), refer_to("BulkProblem")]},
                "examples": {
                    "kept": {"summary": "A line that is kept", "value": {**examples.RECEIPT, "line": 1, "status": 202}},
                    "refused": {"summary": "A line that is refused", "value": {"line": 2, **refused}},
                },
            }
        },
    }
    return {
        "status_code": 200,
        "response_class": Response,  # FastAPI's own would be JSON as well.
        "responses": {200: told, **_describe_problems(*ANY_CALL)},
        "openapi_extra": _describe_request(NDJSON, "BulkLine"),
    }


def describe_cloud_events() -> dict[str, Any]:
    """What FastAPI is to say of the call that takes CloudEvents."""
    schema = {"anyOf": [refer_to("Receipt"), {"type": "array", "items": refer_to("Receipt")}]}
    kept = {
        "description": "Kept: the broker has acknowledged it, and of a batch every event",
        "content": {JSON: {"schema": schema, "example": examples.RECEIPT}},
    }
    content = {
        STRUCTURED: {"schema": refer_to("CloudEvent")},
        BATCH: {"schema": {"type": "array", "items": refer_to("CloudEvent")}},
        JSON: {"schema": {"description": "In binary mode: the data alone, its attributes in headers such as ce-id"}},
    }
    problems = _describe_problems(*ANY_CALL, "malformed_json", "in_the_future", "unknown_channel")
    return {
        "status_code": 202,
        "responses": {202: kept, **problems},
        "openapi_extra": {"parameters": HEADERS, "requestBody": {"required": True, "content": content}},
    }


def refer_to(component: str, kind: str = "schemas") -> dict[str, str]:
    """A reference to what is described once for all calls."""
    return {"$ref": f"#/components/{kind}/{component}"}


def _describe_request(media_type: str, body: str) -> dict[str, Any]:
    content = {media_type: {"schema": refer_to(body)}}
    return {"parameters": HEADERS, "requestBody": {"required": True, "content": content}}


def _describe_problems(*reasons: Reason) -> dict[int | str, Any]:
    """An answer for each status, with an example of each of its reasons."""
    of_status: defaultdict[int, list[Reason]] = defaultdict(list)
    for reason in reasons:
        of_status[PROBLEMS[reason][0]].append(reason)
    return {
        status: {
            "description": "; ".join(PROBLEMS[reason][1] for reason in some),
            "content": {
                MEDIA_TYPE: {
                    "schema": refer_to("Problem"),
                    "examples": {name_reason(reason): refer_to(name_reason(reason), "examples") for reason in some},
                }
            },
            **({"headers": ANSWER_HEADERS[status]} if status in ANSWER_HEADERS else {}),
        }
        for status, some in sorted(of_status.items())
    }
