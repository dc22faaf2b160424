"""From the models of bodies to what /openapi.json says of each call: its body, its headers, and every answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import TypeAdapter, WithJsonSchema

from services.intake.bulk import NDJSON, BulkReceipt
from services.intake.domain import request_models
from services.intake.problems import MEDIA_TYPE, PROBLEMS, RETRY_AFTER_SECONDS, Problem
from services.intake.records import AgentReceipt, Receipt

JSON = "application/json"
MAIL = "message/rfc822"

COMPONENTS: dict[str, TypeAdapter[Any]] = {
    "Complaint": request_models.COMPLAINT,
    "LifecycleEvent": request_models.LIFECYCLE_EVENT,
    "BulkLine": request_models.BULK_LINE,
    "SurveyAnswer": request_models.SURVEY_ANSWER,
    "AgentStatus": request_models.AGENT_STATUS,
    "Receipt": TypeAdapter(Receipt),
    "AgentReceipt": TypeAdapter(AgentReceipt),
    "BulkReceipt": TypeAdapter(BulkReceipt),
    "Problem": TypeAdapter(Problem),
}

NameInPath = Annotated[str, WithJsonSchema(request_models.NAME.json_schema())]
IdentifierInPath = Annotated[str, WithJsonSchema(request_models.IDENTIFIER.json_schema())]
"""Parts of a path: FastAPI describes them so, and intake itself refuses what is none, in its own words."""

FAULTS = (400, 401, 403, 408, 413, 415, 422, 429, 431, 503)
"""What every call may answer when it refuses."""

SECURITY_SCHEMES = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "The text of an API key, which begins with redress_"}
}
WITH_KEYS: dict[str, Any] = {"security": [{"apiKey": []}]}
"""Said where callers have to show a key."""

HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "What is sent again with the same key is kept once; UTF-8. In bulk, the key and a line's number "
        "are the key of a line that has none of its own.",
        "schema": request_models.NAME.json_schema(),
    },
    {
        "name": "traceparent",
        "in": "header",
        "description": "The W3C trace that the event belongs to.",
        "schema": {"type": "string"},
    },
]


def describe_call(body: str, *more_faults: int, receipt: str = "Receipt") -> dict[str, Any]:
    """What FastAPI is to say of a call that takes one ``body`` and answers with a receipt."""
    kept = {"description": "Kept: the broker has acknowledged it", "content": {JSON: {"schema": _refer_to(receipt)}}}
    return {
        "status_code": 202,
        "responses": {202: kept, **_describe_problems(*FAULTS, *more_faults)},
        "openapi_extra": _describe_request(JSON, body),
    }


def describe_mail() -> dict[str, Any]:
    """What FastAPI is to say of the call that takes an e-mail."""
    body = {"required": True, "content": {MAIL: {"schema": {"type": "string", "format": "binary"}}}}
    return {**describe_call("Complaint"), "openapi_extra": {"parameters": HEADERS, "requestBody": body}}


def describe_bulk() -> dict[str, Any]:
    """What FastAPI is to say of the bulk call."""
    schema = {"anyOf": [_refer_to("BulkReceipt"), _refer_to("Problem")]}
    told = {
        "description": "A line for each line, in order: a receipt, or a problem; both with `line` and `status`",
        "content": {NDJSON: {"schema": schema}},
    }
    return {
        "status_code": 200,
        "responses": {200: told, **_describe_problems(400, 401, 403, 408, 415, 429, 431, 503)},
        "openapi_extra": _describe_request(NDJSON, "BulkLine"),
    }


def describe_schemas(channels: Collection[str]) -> dict[str, Any]:
    """The schemas that the calls refer to."""
    schemas, shared = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in COMPONENTS.items()],
        ref_template="#/components/schemas/{model}",
    )
    unions = {name: schema for (name, _), schema in schemas.items() if "$ref" not in schema}
    described: dict[str, Any] = shared["$defs"] | unions
    described["Complaint"]["properties"]["channel"]["enum"] = sorted(channels)
    return described


def _refer_to(component: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component}"}


def _describe_request(media_type: str, body: str) -> dict[str, Any]:
    content = {media_type: {"schema": _refer_to(body)}}
    return {"parameters": HEADERS, "requestBody": {"required": True, "content": content}}


def _describe_problems(*statuses: int) -> dict[int | str, Any]:
    titles = defaultdict(list)
    for status, title in PROBLEMS.values():
        titles[status].append(title)
    answers: dict[int | str, Any] = {
        status: {
            "description": "; ".join(titles[status]),
            "content": {MEDIA_TYPE: {"schema": _refer_to("Problem")}},
        }
        for status in statuses
    }
    retry = {"description": f"In seconds; {RETRY_AFTER_SECONDS} where Kafka is away", "schema": {"type": "integer"}}
    for status in (429, 503):
        answers[status]["headers"] = {"Retry-After": retry}
    for status in (401, 403):
        answers[status]["headers"] = {
            "WWW-Authenticate": {"description": "As in RFC 6750", "schema": {"type": "string"}}
        }
    return answers
