"""What /openapi.json says is what the door does."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from services.intake.domain.refusals import Reason
from services.intake.problems import PROBLEMS

pytestmark = pytest.mark.asyncio

CALLS = {
    "/v1/complaints",
    "/v1/complaints/{complaint_id}/events",
    "/v1/channels/{channel}/complaints/{external_ref}/events",
    "/v1/surveys/{survey_id}/answers",
    "/v1/agents/{agent_id}/status",
    "/v1/channels/{channel}/email",
    "/v1/bulk",
}


def validator(document, component):
    return Draft202012Validator(document | {"$ref": f"#/components/schemas/{component}"})


async def test_every_call_is_described_with_its_body_its_headers_and_its_refusals(client):
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == CALLS
    for path, item in document["paths"].items():
        call = item["post"]
        assert call["requestBody"]["required"]
        assert {"Idempotency-Key", "traceparent"} <= {parameter["name"] for parameter in call["parameters"]}
        assert {"400", "408", "415", "503"} < set(call["responses"]), path
        for status, response in call["responses"].items():
            expected = "application/problem+json" if int(status) >= 400 else None
            assert expected is None or set(response["content"]) == {expected}
        assert "Retry-After" in call["responses"]["503"]["headers"]
    assert {"202", "413", "422"} < set(document["paths"]["/v1/complaints"]["post"]["responses"])
    assert {"202", "404", "410"} < set(document["paths"]["/v1/surveys/{survey_id}/answers"]["post"]["responses"])


async def test_every_reference_leads_somewhere(client):
    text = (await client.get("/openapi.json")).text
    schemas = json.loads(text)["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)
    assert "HTTPValidationError" not in text


async def test_the_described_bodies_are_strict_and_name_the_channels(client):
    document = (await client.get("/openapi.json")).json()
    complaint = document["components"]["schemas"]["Complaint"]
    assert complaint["additionalProperties"] is False
    assert complaint["properties"]["channel"]["enum"] == ["email", "web"]
    assert {"channel", "customer", "subject", "body"} == set(complaint["required"])


async def test_no_body_has_a_part_that_takes_any_field(client):
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    sent = ["Complaint", "BulkLine", "SurveyAnswer"]
    for name in sent:  # What a body refers to is found while it is looked at.
        sent += [
            part for part in re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[name])) if part not in sent
        ]
    assert {"ComplaintLinked", "RedressItem", "Representative", "RequiredReason"} < set(sent)
    assert [name for name in sent if schemas[name].get("additionalProperties", "properties" in schemas[name])] == []


async def test_a_link_is_described_as_it_is_written(client):
    linked = (await client.get("/openapi.json")).json()["components"]["schemas"]["ComplaintLinked"]
    assert {"other", "as", "type"} == set(linked["required"])
    assert "relation" not in linked["properties"]


async def test_answers_are_as_they_are_described(client, complaint):
    document = (await client.get("/openapi.json")).json()
    kept = await client.post("/v1/complaints", json=complaint)
    refused = await client.post("/v1/complaints", json={})
    lines = await client.post(
        "/v1/bulk",
        content=json.dumps({"complaint": complaint}) + "\n{}",
        headers={"content-type": "application/x-ndjson"},
    )
    receipt, problem = (json.loads(line) for line in lines.text.splitlines())
    validator(document, "Receipt").validate(kept.json())
    validator(document, "Problem").validate(refused.json())
    validator(document, "BulkReceipt").validate(receipt)
    validator(document, "Problem").validate(problem)


async def test_every_reason_has_its_status_and_title():
    assert set(PROBLEMS) == set(get_args(Reason))


async def test_names_in_a_path_and_a_header_are_described_as_they_are_taken(client):
    document = (await client.get("/openapi.json")).json()
    call = document["paths"]["/v1/channels/{channel}/complaints/{external_ref}/events"]["post"]
    described = {parameter["name"]: parameter["schema"] for parameter in call["parameters"]}
    for name in ("channel", "external_ref", "Idempotency-Key"):
        schema = Draft202012Validator(described[name])
        assert schema.is_valid("Zürich-7")
        assert not any(schema.is_valid(wrong) for wrong in ("", " A", "A\nB", "A\u200bB", "x" * 201))
    by_id = document["paths"]["/v1/complaints/{complaint_id}/events"]["post"]["parameters"]
    (complaint_id,) = (parameter["schema"] for parameter in by_id if parameter["name"] == "complaint_id")
    assert "pattern" in complaint_id
    for path, item in document["paths"].items():
        places = [(parameter["in"], parameter["name"]) for parameter in item["post"]["parameters"]]
        assert len(places) == len(set(places)), path
