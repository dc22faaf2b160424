"""The door, from outside: what is kept under which headers, and every way of being refused."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client import REGISTRY

from schemas.topics import AGENT_STATUS, COMPLAINT_EVENTS, SURVEY_RESPONSES
from services.intake import admission, bodies
from tests.intake.conftest import COMPLAINT_ID, survey_token

pytestmark = pytest.mark.asyncio

JSON = {"content-type": "application/json"}
PROBLEM = "application/problem+json"


def assert_problem(answer, status, reason, *where):
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert (problem["type"], problem["status"]) == ("urn:redress:problem:" + reason, status)
    assert all(error["detail"] for error in problem["errors"])
    assert [error.get("pointer") for error in problem["errors"]] == list(where)


async def test_a_complaint_is_kept_before_it_is_acknowledged(client, kafka, complaint):
    earlier = {"external_ref": "A-1", "occurred_at": "2026-01-01T00:00:00Z"}
    answer = await client.post("/v1/complaints", json=complaint | earlier)
    receipt = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json")
    assert set(receipt) == {"complaint_id", "event_id", "duplicate_safe"}
    (record,) = kafka.records
    event = COMPLAINT_EVENTS.codec.decode(record.value)
    assert (record.topic, record.key.decode()) == (COMPLAINT_EVENTS.name, receipt["complaint_id"])
    assert (event.event_id, event.complaint_id) == (receipt["event_id"], receipt["complaint_id"])
    assert record.timestamp == int(event.recorded_at.timestamp() * 1000)
    headers = dict(record.headers)
    assert headers["ce_id"].decode() == event.event_id
    assert headers["ce_type"] == b"complaint_received"
    assert headers["ce_source"] == b"/redress/intake"


async def test_the_same_request_again_is_the_same_event(client, kafka, complaint):
    for _ in range(2):
        answer = await client.post("/v1/complaints", json=complaint, headers={"Idempotency-Key": "K-1"})
        assert answer.json()["duplicate_safe"]
    first, second = (COMPLAINT_EVENTS.codec.decode(record.value) for record in kafka.records)
    assert (first.event_id, first.complaint_id) == (second.event_id, second.complaint_id)


async def test_a_complaint_that_nobody_named_says_that_a_retry_would_be_another(client, complaint):
    one, other = [(await client.post("/v1/complaints", json=complaint)).json() for _ in range(2)]
    assert not one["duplicate_safe"]
    assert one["complaint_id"] != other["complaint_id"]


async def test_an_event_is_told_by_id_or_by_reference(client, kafka, complaint):
    received = (await client.post("/v1/complaints", json=complaint | {"external_ref": "shop/7 ü"})).json()
    event = {"type": "agent_assigned", "agent_id": "a-1"}
    by_id = await client.post(f"/v1/complaints/{received['complaint_id']}/events", json=event)
    by_reference = await client.post("/v1/channels/web/complaints/shop%2F7%20%C3%BC/events", json=event)
    assert by_id.status_code == by_reference.status_code == 202
    assert {record.key.decode() for record in kafka.records} == {received["complaint_id"]}


async def test_a_customer_answers_a_survey(client, kafka, survey):
    answer = await client.post(f"/v1/surveys/{survey}/answers", json={"score": 4, "comment": "Good"})
    assert answer.status_code == 202
    (record,) = kafka.records
    event = SURVEY_RESPONSES.codec.decode(record.value)
    assert (record.topic, record.key.decode()) == (SURVEY_RESPONSES.name, COMPLAINT_ID)
    assert (event.score, event.survey_id, event.complaint_id) == (4, survey, COMPLAINT_ID)


async def test_an_agent_s_status_is_kept_under_the_agent(client, kafka):
    status = {"status": "available", "queues": ["billing", "fraud"], "load": 3}
    path = "/v1/agents/li%2Fwei%20%E6%9D%8E/status"
    answers = [await client.post(path, json=status, headers={"Idempotency-Key": "K"}) for _ in range(2)]
    first, second = (answer.json() for answer in answers)
    assert [answer.status_code for answer in answers] == [202, 202]
    assert first == second == {"agent_id": "li/wei 李", "event_id": first["event_id"], "duplicate_safe": True}
    record = kafka.records[0]
    event = AGENT_STATUS.codec.decode(record.value)
    assert (record.topic, record.key.decode(), event.event_id) == ("agent-status", "li/wei 李", first["event_id"])
    assert (event.agent_id, event.status, event.queues, event.load) == (
        "li/wei 李", "available", ("billing", "fraud"), 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "where"),
    [
        ({"status": "asleep"}, "/status"),
        ({}, "/status"),
        ({"status": "busy", "load": -1}, "/load"),
        ({"status": "busy", "queues": [""]}, "/queues/0"),
        ({"status": "busy", "agent_id": "somebody else"}, "/agent_id"),
    ],
)
async def test_a_status_that_is_none_is_refused_by_field(client, kafka, status, where):
    assert_problem(await client.post("/v1/agents/a/status", json=status), 422, "invalid", where)
    assert not kafka.records


async def test_other_content_under_the_same_key_is_the_same_event(client, kafka, complaint):
    """Which copy stands, the fold decides: the one recorded first (tests/lifecycle/test_event_bytes.py)."""
    receipts = [
        (await client.post("/v1/complaints", json=complaint | {"body": body}, headers={"Idempotency-Key": "K"})).json()
        for body in ("It was charged twice.", "Thrice.")
    ]
    assert receipts[0] == receipts[1]
    first, second = (COMPLAINT_EVENTS.codec.decode(record.value) for record in kafka.records)
    assert first.event_id == second.event_id
    assert first.recorded_at < second.recorded_at


async def test_the_trace_of_a_request_goes_on_with_its_event(client, kafka, complaint):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await client.post("/v1/complaints", json=complaint, headers={"traceparent": trace})
    await client.post("/v1/complaints", json=complaint, headers={"traceparent": "nonsense"})
    given, made = (dict(record.headers)["traceparent"].decode() for record in kafka.records)
    assert given == trace
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", made)


MALFORMED = {
    "no JSON": b"{oops",
    "nothing": b"",
    "cut off": b'{"channel": "web"',
    "two documents": b"{} {}",
    "invalid UTF-8": b'{"channel": "\xff"}',
    "a lone surrogate": b'{"channel": "\\ud800"}',
    "a raw NUL": b'{"channel": "\x00"}',
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"attributes":' * 30_000,
    "an endless number": b'{"source_sequence": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_json_is_malformed(client, kafka, body):
    answer = await client.post("/v1/complaints", content=body, headers=JSON)
    assert_problem(answer, 400, "malformed-json", "")
    assert not kafka.records


WRONG_FIELDS = {
    "/favourite_colour": {"favourite_colour": "red"},
    "/event_id": {"event_id": COMPLAINT_ID},
    "/recorded_at": {"recorded_at": "2026-01-01T00:00:00Z"},
    "/subject": {"subject": 5},
    "/body": {"body": None},
    "/customer": {"customer": "c-1"},
    "/customer/id": {"customer": {"id": ""}},
    "/customer/age": {"customer": {"id": "c", "age": 5}},
    "/severity": {"severity": "urgent"},
    "/amount/currency": {"amount": {"value": "1", "currency": "eur"}},
    "/amount/value": {"amount": {"value": 1.5, "currency": "EUR"}},
    "/tags": {"tags": "vip"},
    "/tags/1": {"tags": ["vip", 5]},
    "/attributes/a~1b~0c": {"attributes": {"a/b~c": 5}},
    "/personal": {"personal": {"subject": "Card"}},
    "/about/kind": {"about": {"kind": "courier", "id": "c"}},
    "/about/id": {"about": {"kind": "agent"}},
    "/remedy_sought": {"remedy_sought": ""},
    "/representative/name": {"representative": {"name": 5}},
    "/representative/age": {"representative": {"age": 5}},
    "/attachments/0/size": {"attachments": [{"name": "n", "media_type": "m", "size": "3"}]},
    "/attachments/0/url": {"attachments": [{"name": "n", "media_type": "m", "size": 3, "url": "\0"}]},
    "/source_sequence": {"source_sequence": 1.5},
    "/external_ref": {"external_ref": "A\0"},
    "/product": {"product": "x" * 201},
    "/region": {"region": True},
}


@pytest.mark.parametrize("pointer", WRONG_FIELDS)
async def test_a_wrong_field_is_named_by_its_pointer(client, kafka, complaint, pointer):
    answer = await client.post("/v1/complaints", json=complaint | WRONG_FIELDS[pointer])
    assert_problem(answer, 422, "invalid", pointer)
    assert not kafka.records


NO_TIMES = ["2026-01-01T10:00:00", 1767261600, 0, "0", "1767261600", "2026-01-01", "yesterday", "1969-12-31T23:00:00Z"]


@pytest.mark.parametrize("time", NO_TIMES)
async def test_a_time_is_text_with_its_offset_and_nothing_else(client, complaint, time):
    answer = await client.post("/v1/complaints", json=complaint | {"occurred_at": time})
    assert_problem(answer, 422, "invalid", "/occurred_at")


async def test_nul_is_refused_in_names_and_in_texts_alike(client, complaint):
    answer = await client.post("/v1/complaints", json=complaint | {"product": "a\0", "body": "a\0"})
    assert [(fault["pointer"], fault["detail"]) for fault in answer.json()["errors"]] == [
        ("/product", "U+0000 (NULL) at character 2 is not allowed in a name: remove it"),
        ("/body", "the NUL character is not allowed"),
    ]


async def test_what_depends_on_the_deployment_and_the_time_is_told_with_all_else(client, kafka, complaint):
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wrong = complaint | {"channel": "fax", "occurred_at": later, "severity": "urgent"}
    del wrong["subject"]
    answer = await client.post("/v1/complaints", json=wrong)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:redress:problem:invalid")
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/channel", "/occurred_at", "/severity", "/subject",
    }  # fmt: skip
    line = json.dumps({"complaint": complaint | {"channel": "fax", "occurred_at": later}}).encode()
    answer = await client.post("/v1/bulk", content=line, headers={"content-type": "application/x-ndjson"})
    assert {fault["pointer"] for fault in json.loads(answer.content)["errors"]} == {
        "/complaint/channel", "/complaint/occurred_at",
    }  # fmt: skip
    assert not kafka.records


@pytest.mark.parametrize(
    ("wrong", "reason", "pointer"),
    [
        ({"channel": "fax"}, "unknown-channel", "/channel"),
        ({"occurred_at": "2199-01-01T00:00:00Z"}, "in-the-future", "/occurred_at"),
    ],
)
async def test_what_is_wrong_alone_has_its_own_reason(client, complaint, wrong, reason, pointer):
    assert_problem(await client.post("/v1/complaints", json=complaint | wrong), 422, reason, pointer)


async def test_all_that_is_wrong_is_told_at_once_but_no_more_than_twenty(client, complaint):
    many = {f"field_{number}": 1 for number in range(100)}
    problem = (await client.post("/v1/complaints", json=complaint | many)).json()
    assert len(problem["errors"]) == 20
    assert "100" in problem["detail"]


@pytest.mark.parametrize("name", ["complaint_received", "customer_erased", "clock_advanced", "Ann Example"])
async def test_an_event_of_a_type_that_nobody_may_tell_is_refused(client, name):
    answer = await client.post(f"/v1/complaints/{COMPLAINT_ID}/events", json={"type": name})
    assert_problem(answer, 422, "invalid", "/type")


async def test_an_event_s_fields_are_named_without_its_type(client):
    answer = await client.post(
        f"/v1/complaints/{COMPLAINT_ID}/events", json={"type": "complaint_acknowledged", "automatic": "yes"}
    )
    assert_problem(answer, 422, "invalid", "/automatic")


async def test_what_was_sent_is_never_quoted(client, complaint, caplog):
    secret = "Ann-Example-4711"
    bodies_ = [
        {"channel": secret},
        {"severity": secret},
        {"occurred_at": secret},
        {"amount": {"value": secret, "currency": secret}},
        {"customer": secret},
        {"tags": secret},
    ]
    answers = [await client.post("/v1/complaints", json=complaint | body) for body in bodies_]
    answers.append(await client.post("/v1/complaints", content=f'{{"{secret}', headers=JSON))
    answers.append(await client.post(f"/v1/complaints/{COMPLAINT_ID}/events", json={"type": secret}))
    answers.append(await client.post(f"/v1/complaints/{secret}/events", json={"type": "complaint_closed"}))
    answers.append(await client.post(f"/v1/surveys/{secret}/answers", json={"score": 1}))
    assert {answer.status_code for answer in answers} == {400, 404, 422}
    assert all(secret not in answer.text for answer in answers)
    assert secret not in caplog.text


async def test_a_path_or_header_that_is_wrong_is_named(client, complaint):
    event = {"type": "complaint_closed"}
    by_id = await client.post("/v1/complaints/A-1/events", json=event)
    assert by_id.json()["errors"][0]["parameter"] == "complaint_id"
    by_channel = await client.post("/v1/channels/fax/complaints/A-1/events", json=event)
    assert by_channel.json()["errors"][0]["parameter"] == "channel"
    by_reference = await client.post(f"/v1/channels/web/complaints/{'x' * 201}/events", json=event)
    assert by_reference.json()["errors"][0]["parameter"] == "external_ref"
    by_key = await client.post("/v1/complaints", json=complaint, headers={"Idempotency-Key": ""})
    assert by_key.json()["errors"][0]["header"] == "Idempotency-Key"
    assert {by_id.status_code, by_channel.status_code, by_reference.status_code, by_key.status_code} == {422}


async def test_surveys_that_do_not_exist_or_are_over_are_told_apart(client):
    over = survey_token(expires_in=timedelta(seconds=-1))
    assert_problem(await client.post(f"/v1/surveys/{over}/answers", json={"score": 5}), 410, "survey-expired")
    forged = survey_token()[:-4] + "AAAA"
    assert_problem(await client.post(f"/v1/surveys/{forged}/answers", json={"score": 5}), 404, "unknown-survey")


async def test_a_score_outside_its_metric_s_range_is_refused(client, survey):
    answer = await client.post(f"/v1/surveys/{survey}/answers", json={"score": 6})
    assert_problem(answer, 422, "invalid", "/score")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
async def test_a_body_says_that_it_is_json(client, complaint, media_type):
    answer = await client.post("/v1/complaints", content=json.dumps(complaint), headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (415, "Content-Type")


async def test_json_may_name_its_charset(client, complaint):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    answer = await client.post("/v1/complaints", content=json.dumps(complaint), headers=headers)
    assert answer.status_code == 202


async def test_nothing_at_a_path_and_no_such_method_are_problems_too(client):
    assert_problem(await client.get("/"), 404, "not-found")
    assert_problem(await client.post("/v1/complaints/"), 404, "not-found")
    not_allowed = await client.get("/v1/complaints")
    assert_problem(not_allowed, 405, "method-not-allowed")
    assert not_allowed.headers["allow"] == "POST"


async def test_a_fault_of_ours_is_a_problem_that_says_nothing(app, complaint, monkeypatch, kafka):
    async def broken(_):
        raise RuntimeError("Ann Example")

    monkeypatch.setattr(kafka, "publish", broken)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        answer = await client.post("/v1/complaints", json=complaint)
    assert_problem(answer, 500, "internal")
    assert "Ann" not in answer.text


async def test_while_kafka_is_away_nothing_is_accepted_and_a_time_to_come_back_is_named(client, kafka, complaint):
    kafka.ready = False
    answers = [
        await client.post("/v1/complaints", json=complaint),
        await client.post("/v1/bulk", content=b"{}\n", headers={"content-type": "application/x-ndjson"}),
    ]
    for answer in answers:
        assert_problem(answer, 503, "kafka-away")
        assert int(answer.headers["retry-after"]) >= 1
    kafka.ready = True
    assert (await client.post("/v1/complaints", json=complaint)).status_code == 202


async def test_one_request_too_many_is_refused_without_reading_it(client, complaint, monkeypatch):
    monkeypatch.setattr(admission, "MOST_BYTES_HELD", 0)
    answer = await client.post("/v1/complaints", json=complaint)
    assert_problem(answer, 503, "busy")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_body_past_the_limit_is_too_large_however_it_comes(client, complaint):
    async def chunks():
        for _ in range(bodies.MOST_BYTES // 1_000 + 1):
            yield b" " * 1_000

    assert_problem(await client.post("/v1/complaints", content=chunks(), headers=JSON), 413, "too-large")
    announced = await client.post("/v1/complaints", content=b" " * (bodies.MOST_BYTES + 1), headers=JSON)
    assert_problem(announced, 413, "too-large")
    as_large = json.dumps(complaint).encode().ljust(bodies.MOST_BYTES)
    assert (await client.post("/v1/complaints", content=as_large, headers=JSON)).status_code == 202


async def test_what_is_kept_and_what_is_refused_is_counted(client, kafka, complaint):
    def counted(name, **labels):
        return REGISTRY.get_sample_value(f"redress_intake_{name}_total", labels) or 0.0

    kept = {"channel": "web", "type": "complaint_received"}
    before = counted("accepted", **kept), counted("refused", reason="invalid"), counted("refused", reason="kafka_away")
    await client.post("/v1/complaints", json=complaint)
    await client.post("/v1/complaints", json={})
    kafka.ready = False
    await client.post("/v1/complaints", json=complaint)
    after = counted("accepted", **kept), counted("refused", reason="invalid"), counted("refused", reason="kafka_away")
    assert after == tuple(count + 1 for count in before)
