"""What /openapi.json says is what the door does."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import reduce
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from services.intake.bodies import MOST_BYTES
from services.intake.domain.refusals import Reason
from services.intake.domain.request_models import EVENTS
from services.intake.problems import PROBLEMS
from tests.intake.conftest import COMPLAINT_ID, survey_token

pytestmark = pytest.mark.asyncio

CALLS = {
    "/v1/complaints",
    "/v1/complaints/{complaint_id}/events",
    "/v1/channels/{channel}/complaints/{external_ref}/events",
    "/v1/surveys/{survey_id}/answers",
    "/v1/agents/{agent_id}/status",
    "/v1/channels/{channel}/email",
    "/v1/bulk",
    "/v1/cloudevents",
}


SMALLEST = {"channel": "web", "customer": {"id": "c"}, "subject": "", "body": ""}


def validator(document, component):
    return Draft202012Validator(document | {"$ref": f"#/components/schemas/{component}"})


async def test_every_call_is_described_with_its_body_its_headers_and_its_refusals(client):
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == CALLS
    for path, item in document["paths"].items():
        call = item["post"]
        assert call["requestBody"]["required"]
        assert {"Idempotency-Key", "traceparent"} <= {parameter["name"] for parameter in call["parameters"]}
        assert {"400", "404", "405", "408", "413", "415", "422", "431", "500", "503"} < set(call["responses"]), path
        for status, response in call["responses"].items():
            expected = "application/problem+json" if int(status) >= 400 else None
            assert expected is None or set(response["content"]) == {expected}
        assert "Allow" in call["responses"]["405"]["headers"]
        assert "Retry-After" in call["responses"]["503"]["headers"]
    assert "202" in document["paths"]["/v1/complaints"]["post"]["responses"]
    assert {"202", "410"} < set(document["paths"]["/v1/surveys/{survey_id}/answers"]["post"]["responses"])


async def test_a_body_and_an_answer_have_one_media_type_each_but_for_cloudevents_modes(client):
    document = (await client.get("/openapi.json")).json()
    for path, item in document["paths"].items():
        bodies = len(item["post"]["requestBody"]["content"])
        assert bodies == (3 if path == "/v1/cloudevents" else 1), path
        for answer in item["post"]["responses"].values():
            assert len(answer["content"]) == 1, path


async def test_every_reference_leads_somewhere(client):
    text = (await client.get("/openapi.json")).text
    schemas = json.loads(text)["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)
    named = {part.split('"')[0] for part in text.split("#/components/examples/")[1:]}
    assert named <= set(json.loads(text)["components"]["examples"])
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
    validator(document, "BulkProblem").validate(problem)


async def test_every_reason_has_its_status_and_title():
    assert set(PROBLEMS) == set(get_args(Reason))


async def test_names_in_a_path_and_a_header_are_described_as_they_are_taken(client):
    document = (await client.get("/openapi.json")).json()
    call = document["paths"]["/v1/channels/{channel}/complaints/{external_ref}/events"]["post"]
    described = {parameter["name"]: parameter["schema"] for parameter in call["parameters"]}
    for name in ("external_ref", "Idempotency-Key"):
        schema = Draft202012Validator(described[name])
        assert schema.is_valid("A 7")
        assert not any(schema.is_valid(wrong) for wrong in ("", " A", "A\nB", "A\u200bB", "x" * 201))
    assert Draft202012Validator(described["external_ref"]).is_valid("Zürich-7")
    assert described["channel"]["enum"] == ["email", "web"]
    by_id = document["paths"]["/v1/complaints/{complaint_id}/events"]["post"]["parameters"]
    (complaint_id,) = (parameter["schema"] for parameter in by_id if parameter["name"] == "complaint_id")
    assert "pattern" in complaint_id
    for path, item in document["paths"].items():
        places = [(parameter["in"], parameter["name"]) for parameter in item["post"]["parameters"]]
        assert len(places) == len(set(places)), path


def bodies(document, component):
    """The examples of a body, wherever it may be sent."""
    for path, item in document["paths"].items():
        for media_type, content in item["post"]["requestBody"]["content"].items():
            if content["schema"].get("$ref", "").endswith(f"/{component}"):
                for name, example in content["examples"].items():
                    yield path, media_type, name, example


@pytest.mark.parametrize("component", ["Complaint", "LifecycleEvent", "BulkLine", "SurveyAnswer", "AgentStatus"])
async def test_every_example_of_a_body_is_described_and_taken(client, component):
    document = (await client.get("/openapi.json")).json()
    described = validator(document, component)
    places = {
        "{complaint_id}": COMPLAINT_ID,
        "{channel}": "web",
        "{external_ref}": "A",
        "{survey_id}": survey_token(),
        "{agent_id}": "a",
    }
    sent = 0
    for path, media_type, name, example in bodies(document, component):
        described.validate(example["value"])
        addressed = reduce(lambda path, place: path.replace(*place), places.items(), path)
        answer = await client.post(
            addressed,
            content=json.dumps(example["value"]),
            headers={"content-type": media_type, "idempotency-key": name},
        )
        assert example["summary"]
        assert answer.json().get("status", answer.status_code) == 202, answer.text
        sent += 1
    assert sent


async def test_there_is_an_example_of_every_type_of_event(client):
    document = (await client.get("/openapi.json")).json()
    assert {example["value"]["type"] for _, _, _, example in bodies(document, "LifecycleEvent")} == set(EVENTS)


JSON = {"content-type": "application/json"}
PROVOKED = {
    "malformed-json": ("POST", "/v1/complaints", {"content": b'{"channel" "web"}', "headers": JSON}),
    "malformed-encoding": (
        "POST",
        "/v1/complaints",
        {"content": b"{}", "headers": JSON | {"content-encoding": "gzip"}},
    ),
    "malformed-path": ("POST", "/v1/complaints/%", {}),
    "not-found": ("POST", "/v1/complaint", {}),
    "unknown-survey": ("POST", "/v1/surveys/x/answers", {"json": {"score": 1}}),
    "survey-expired": ("POST", f"/v1/surveys/{survey_token(expires_in=timedelta(0))}/answers", {"json": {"score": 1}}),
    "method-not-allowed": ("PUT", "/v1/complaints", {}),
    "too-large": ("POST", "/v1/complaints", {"content": b" " * (MOST_BYTES + 1), "headers": JSON}),
    "unsupported-media-type": ("POST", "/v1/complaints", {"content": b"{}"}),
    "invalid": ("POST", "/v1/complaints", {"json": SMALLEST | {"customer": {}, "occurred_at": "2026-01-31"}}),
    "unknown-channel": ("POST", "/v1/complaints", {"json": SMALLEST | {"channel": "fax"}}),
    "in-the-future": ("POST", "/v1/complaints", {"json": SMALLEST | {"occurred_at": "2199-01-01T00:00:00Z"}}),
}


@pytest.mark.parametrize("reason", PROVOKED)
async def test_an_example_of_a_problem_is_what_the_door_says(client, reason):
    document = (await client.get("/openapi.json")).json()
    method, path, request = PROVOKED[reason]
    answer = await client.request(method, path, **request)
    assert answer.json() == document["components"]["examples"][reason]["value"]


async def test_every_reason_has_an_example_and_stands_at_its_status(client):
    document = (await client.get("/openapi.json")).json()
    assert set(document["components"]["examples"]) == {reason.replace("_", "-") for reason in get_args(Reason)}
    for example in document["components"]["examples"].values():
        validator(document, "Problem").validate(example["value"])
    for item in document["paths"].values():
        for status, answer in item["post"]["responses"].items():
            for named in answer["content"].get("application/problem+json", {}).get("examples", {}):
                assert document["components"]["examples"][named]["value"]["status"] == int(status)
