"""What the description takes the door takes, and what it refuses the door refuses: bodies that people might send."""

from __future__ import annotations

import json

import pytest

from tests.described import validator
from tests.intake.conftest import COMPLAINT_ID, survey_token
from tests.intake.test_intake_acceptance import EVENTS, FULL

pytestmark = pytest.mark.asyncio

COMPLAINT = {"channel": "web", "customer": {"id": "c"}, "subject": "", "body": ""}
CLOSED = {"type": "complaint_closed"}
EXTENDED = {"type": "deadline_extended", "clock": "c", "personal": {"reason": "r"}}
UNTIL = "2026-01-31T09:30:00Z"

TAKEN = {
    "Complaint": [
        COMPLAINT,
        FULL | {"occurred_at": UNTIL},
        COMPLAINT | {"occurred_at": None, "external_ref": None, "amount": None, "about": None},
        COMPLAINT | {"source_sequence": 1.0},
        COMPLAINT | {"source_sequence": -(2**53) + 1},
        COMPLAINT | {"tags": [], "attachments": [], "attributes": {}},
        COMPLAINT | {"attributes": {"a/b~c": "", "订单": "x\n"}},
        COMPLAINT | {"subject": "x" * 100_000},
        COMPLAINT | {"language": "zh_CN", "customer": {"id": "🙂", "language": "EN-us"}},
        COMPLAINT | {"amount": {"value": "-0.000001", "currency": "XXX"}},
        COMPLAINT | {"attachments": [{"name": "\n", "media_type": "m", "size": 3e0, "url": ""}]},
    ],
    "LifecycleEvent": [
        *({"type": tag, **fields} for tag, fields in EVENTS.items()),
        EXTENDED | {"by": "0d"},
        EXTENDED | {"until": UNTIL, "by": None},
        EXTENDED | {"by": "1bd", "until": None, "source_sequence": None},
        {"type": "customer_replied", "channel": "email"},
        {"type": "customer_replied", "channel": None},
        {"type": "complaint_classified", "by": "m", "version": "1", "confidence": 1},
        {"type": "agent_replied", "handled_seconds": 90.0},
    ],
    "BulkLine": [
        {"complaint": COMPLAINT},
        {"complaint": COMPLAINT, "event": None, "complaint_id": None, "idempotency_key": "k"},
        {"event": CLOSED, "complaint_id": COMPLAINT_ID.upper()},
        {"event": CLOSED, "complaint_id": COMPLAINT_ID, "channel": None, "external_ref": None, "complaint": None},
        {"event": CLOSED, "channel": "web", "external_ref": "A 1", "idempotency_key": None},
    ],
    "SurveyAnswer": [{"score": 0}, {"score": 10.0}, {"score": None, "comment": "", "occurred_at": None}],
}

REFUSED = {
    "Complaint": [
        {},
        [COMPLAINT],
        COMPLAINT | {"channel": "fax"},
        COMPLAINT | {"channel": None},
        COMPLAINT | {"customer": {}},
        COMPLAINT | {"customer": {"id": "c "}},
        COMPLAINT | {"subject": "x" * 100_001},
        COMPLAINT | {"body": "\0"},
        COMPLAINT | {"attributes": {"a\nb": "x"}},
        COMPLAINT | {"attributes": {"a": 5}},
        COMPLAINT | {"attributes": {"": "x"}},
        COMPLAINT | {"attributes": None},
        COMPLAINT | {"tags": ["a\u200bb"]},
        COMPLAINT | {"tags": None},
        COMPLAINT | {"source_sequence": 1.5},
        COMPLAINT | {"source_sequence": True},
        COMPLAINT | {"source_sequence": 2**53},
        COMPLAINT | {"language": "xx"},
        COMPLAINT | {"language": "en-USA"},
        COMPLAINT | {"occurred_at": "2026-02-29T00:00:00Z"},
        COMPLAINT | {"occurred_at": "1969-06-01T00:00:00Z"},
        COMPLAINT | {"occurred_at": 0},
        COMPLAINT | {"amount": {"value": "1.", "currency": "EUR"}},
        COMPLAINT | {"amount": {"value": "1\n", "currency": "EUR"}},
        COMPLAINT | {"attachments": [{"name": "n", "media_type": "m", "size": -1}]},
        COMPLAINT | {"attachments": [{"name": "n", "media_type": "m", "size": 1, "url": "x" * 2_001}]},
        COMPLAINT | {"event_id": COMPLAINT_ID},
    ],
    "LifecycleEvent": [
        {},
        {"type": "complaint_received", **COMPLAINT},
        {"type": "customer_erased"},
        EXTENDED,
        EXTENDED | {"until": None, "by": None},
        EXTENDED | {"until": UNTIL, "by": "1d"},
        EXTENDED | {"by": "1w"},
        {"type": "customer_replied", "channel": "fax"},
        {"type": "complaint_classified", "by": "m", "version": "1", "confidence": 1.01},
        {"type": "agent_replied", "handled_seconds": -1},
        {"type": "complaint_linked", "other": COMPLAINT_ID, "relation": "duplicate"},
        {"type": "complaint_linked", "other": COMPLAINT_ID[:-1], "as": "duplicate"},
    ],
    "BulkLine": [
        {},
        {"complaint": None, "event": None},
        {"complaint": COMPLAINT, "event": CLOSED},
        {"complaint": COMPLAINT, "complaint_id": COMPLAINT_ID},
        {"complaint": COMPLAINT, "channel": "web"},
        {"event": CLOSED},
        {"event": CLOSED, "channel": "web"},
        {"event": CLOSED, "external_ref": "A"},
        {"event": CLOSED, "channel": "fax", "external_ref": "A"},
        {"event": CLOSED, "complaint_id": COMPLAINT_ID, "channel": "web"},
        {"event": CLOSED, "complaint_id": COMPLAINT_ID, "channel": "web", "external_ref": "A"},
    ],
    "SurveyAnswer": [{}, {"score": 11}, {"score": -1}, {"score": 1.5}, {"score": "1"}],
}


async def send(client, component, body):
    """The status of the answer, or of the line."""
    paths = {
        "Complaint": "/v1/complaints",
        "LifecycleEvent": f"/v1/complaints/{COMPLAINT_ID}/events",
        "BulkLine": "/v1/bulk",
        "SurveyAnswer": f"/v1/surveys/{survey_token('nps')}/answers",
    }
    media_type = "application/x-ndjson" if component == "BulkLine" else "application/json"
    answer = await client.post(paths[component], content=json.dumps(body), headers={"content-type": media_type})
    return answer.json().get("status", answer.status_code)


@pytest.mark.parametrize("component", TAKEN)
async def test_what_is_as_described_is_taken(client, component):
    document = (await client.get("/openapi.json")).json()
    described = validator(document | {"$ref": f"#/components/schemas/{component}"})
    for body in TAKEN[component]:
        assert (described.is_valid(body), await send(client, component, body)) == (True, 202), body


@pytest.mark.parametrize("component", REFUSED)
async def test_what_is_not_as_described_is_refused(client, kafka, component):
    document = (await client.get("/openapi.json")).json()
    described = validator(document | {"$ref": f"#/components/schemas/{component}"})
    for body in REFUSED[component]:
        assert (described.is_valid(body), await send(client, component, body)) == (False, 422), body
    assert not kafka.records
