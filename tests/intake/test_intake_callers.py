"""The door with API keys: who may do what, as which owner, how often, and what everybody else is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from schemas.ids import is_test_id, mark_test_id
from schemas.topics import COMPLAINT_EVENTS
from services.intake import callers
from services.intake.app import build
from services.intake.callers import Keyring
from services.intake.domain.api_keys import ApiKey, digest_key, write_key
from services.intake.domain.arrivals import Sender
from services.intake.domain.identity import derive_complaint_id
from services.intake.domain.rate_limit import SECOND, Rate
from services.intake.domain.scopes import OF_A_FRONT_END, SCOPES
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from tests.intake.conftest import CHANNELS, COMPLAINT_ID, KEYS, FakeKafka, survey_token
from tests.intake.test_intake_http import assert_problem

pytestmark = pytest.mark.asyncio

CLASSIFIED = {"type": "complaint_classified", "by": "model", "version": "1", "confidence": 0.9}
CLOSED = {"type": "complaint_closed"}
NDJSON = {"content-type": "application/x-ndjson"}


class Issued:
    """Keys that tests make, and the texts of each by name."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.keyring = Keyring({})
        self._numbers = count()

    def issue(self, name: str, **fields: Any) -> None:
        number = next(self._numbers).to_bytes(6)
        self.texts[name] = text = write_key(number, name.encode().ljust(32))
        usual = {"owner": name, "channels": None, "scopes": OF_A_FRONT_END, "rate": Rate(1_000, 1_000)}
        given = usual | fields
        key = ApiKey(**given | {"id": number.hex(), "sha256": digest_key(text), "scopes": frozenset(given["scopes"])})
        self.keyring.keys = {**(self.keyring.keys or {}), key.id: key}

    def drop(self, name: str) -> None:
        dropped = self.texts[name].split("_")[1]
        self.keyring.keys = {key_id: key for key_id, key in (self.keyring.keys or {}).items() if key_id != dropped}

    def revoke(self, name: str) -> None:
        ended = self.texts[name].split("_")[1]
        keys = self.keyring.keys or {}
        self.keyring.keys = {**keys, ended: replace(keys[ended], revoked=True)}

    def headers(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.texts[name]}"}


@pytest.fixture(scope="module")
def locked() -> tuple[Any, FakeKafka, Issued]:
    kafka, issued = FakeKafka(), Issued()
    app = build(Sender("local", CHANNELS, uuid7), Surveys(KEYS, stream_time=False), kafka, issued.keyring)
    return app, kafka, issued


@pytest.fixture
def kafka(locked):
    kafka = locked[1]
    kafka.__init__()
    return kafka


@pytest.fixture
def issued(locked):
    locked[2].texts.clear()
    locked[2].keyring.keys = {}
    return locked[2]


@pytest.fixture
def client(locked, kafka, issued):
    return httpx.AsyncClient(transport=httpx.ASGITransport(locked[0]), base_url="http://intake")


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until a test moves it."""
    now = [SECOND]
    monkeypatch.setattr(callers, "monotonic_ns", lambda: now[0])
    return now


async def post(client, name, issued, path="/v1/complaints", **given):
    return await client.post(path, headers=issued.headers(name) | given.pop("headers", {}), **given)


async def test_without_a_key_nothing_is_taken_and_the_answer_says_how_to_show_one(client, kafka, complaint):
    answer = await client.post("/v1/complaints", json=complaint)
    assert_problem(answer, 401, "missing-key", None)
    assert answer.headers["www-authenticate"] == 'Bearer realm="redress"'
    assert answer.json()["errors"][0]["header"] == "Authorization"
    assert not kafka.records


@pytest.mark.parametrize("shown", ["Basic c2hvcDpwdw==", "Bearer", "redress_0", ""])
async def test_what_shows_no_key_is_no_key(client, issued, complaint, shown):
    answer = await client.post("/v1/complaints", json=complaint, headers={"authorization": shown})
    assert answer.status_code == 401
    assert answer.json()["type"] in ("urn:redress:problem:missing-key", "urn:redress:problem:unknown-key")


async def test_two_keys_in_one_request_are_none(client, issued, complaint):
    issued.issue("shop")
    twice = [*issued.headers("shop").items()] * 2
    answer = await client.post("/v1/complaints", json=complaint, headers=twice)
    assert_problem(answer, 401, "missing-key", None)


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
async def test_a_key_is_shown_as_a_bearer_token_whatever_its_case(client, issued, complaint, scheme):
    issued.issue("shop")
    shown = {"authorization": scheme + issued.texts["shop"]}
    assert (await client.post("/v1/complaints", json=complaint, headers=shown)).status_code == 202


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"revoked": True}, "revoked-key"),
        ({"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, "expired-key"),
    ],
)
async def test_a_key_that_has_ended_is_refused_by_its_reason(client, kafka, issued, complaint, fields, reason):
    issued.issue("shop", **fields)
    answer = await post(client, "shop", issued, json=complaint)
    assert_problem(answer, 401, reason)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert not kafka.records


async def test_a_forged_key_is_refused_and_never_quoted(client, issued, complaint, caplog):
    issued.issue("shop")
    issued.texts["shop"] = issued.texts["shop"][:-4] + "beef"
    answer = await post(client, "shop", issued, json=complaint)
    assert_problem(answer, 401, "unknown-key")
    assert issued.texts["shop"] not in answer.text + caplog.text


ACCEPTED = "redress_intake_accepted_total"


def accepted_so_far() -> float:
    samples = (sample for family in REGISTRY.collect() for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == ACCEPTED)


async def test_a_test_key_s_complaints_have_ids_of_their_own_and_are_not_counted(client, kafka, issued, complaint):
    issued.issue("shop, testing", owner="shop", test=True)
    before = accepted_so_far()
    named = complaint | {"external_ref": "A-1"}
    answers = [await post(client, "shop, testing", issued, json=body) for body in (named, named, complaint)]
    line = json.dumps({"event": CLOSED, "channel": "web", "external_ref": "A-1"})
    path = "/v1/channels/web/complaints/A-1/events"
    assert (await post(client, "shop, testing", issued, path, json=CLOSED)).status_code == 202
    bulk = await client.post("/v1/bulk", content=line, headers=issued.headers("shop, testing") | NDJSON)
    assert json.loads(bulk.text)["status"] == 202
    named_id = derive_complaint_id("shop", "web", "A-1", is_test=True)
    assert named_id != derive_complaint_id("shop", "web", "A-1")
    assert [record.key.decode() for record in kafka.records] == [
        *(named_id, named_id, answers[2].json()["complaint_id"], named_id, named_id)
    ]
    assert all(is_test_id(record.key.decode()) for record in kafka.records)
    assert accepted_so_far() == before


async def test_test_keys_reach_test_complaints_and_others_the_others(client, kafka, issued):
    issued.issue("office", scopes=("back-office",))
    issued.issue("office, testing", scopes=("back-office", "agent-status", "survey-answers"), test=True)
    real = COMPLAINT_ID
    for name, complaint_id, status in (
        ("office", real, 202),
        ("office", mark_test_id(real), 403),
        ("office, testing", mark_test_id(real), 202),
        ("office, testing", real, 403),
    ):
        answer = await post(client, name, issued, f"/v1/complaints/{complaint_id}/events", json=CLOSED)
        assert answer.status_code == status, (name, complaint_id)
        if status == 403:
            assert_problem(answer, 403, "test-key")
    assert len(kafka.records) == 2


async def test_a_test_key_tells_nothing_of_real_agents_and_answers_no_real_survey(client, kafka, issued):
    issued.issue("testing", scopes=("agent-status", "survey-answers"), test=True)
    status = await post(client, "testing", issued, "/v1/agents/li/status", json={"status": "away"})
    assert_problem(status, 403, "test-key")
    answer = await post(client, "testing", issued, f"/v1/surveys/{survey_token()}/answers", json={"score": 5})
    assert_problem(answer, 403, "test-key")
    assert not kafka.records


async def test_a_complaint_s_id_comes_from_the_owner_of_the_key(client, kafka, issued, complaint):
    issued.issue("shop")
    issued.issue("shop, second key", owner="shop")
    issued.issue("bank")
    named = complaint | {"external_ref": "A-1"}
    first, second, other = [
        (await post(client, name, issued, json=named)).json()["complaint_id"]
        for name in ("shop", "shop, second key", "bank")
    ]
    assert first == second == derive_complaint_id("shop", "web", "A-1")
    assert other == derive_complaint_id("bank", "web", "A-1")


async def test_a_front_end_tells_of_its_own_complaint_and_reaches_no_other(client, kafka, issued):
    issued.issue("shop")
    issued.issue("bank")
    path = "/v1/channels/web/complaints/A-1/events"
    assert (await post(client, "shop", issued, path, json=CLOSED)).status_code == 202
    assert (await post(client, "bank", issued, path, json=CLOSED)).status_code == 202
    mine, theirs = (record.key.decode() for record in kafka.records)
    assert (mine, theirs) == tuple(derive_complaint_id(owner, "web", "A-1") for owner in ("shop", "bank"))
    by_id = await post(client, "bank", issued, f"/v1/complaints/{mine}/events", json=CLOSED)
    assert_problem(by_id, 403, "wrong-scope")
    assert "back-office" in by_id.json()["detail"]
    assert 'error="insufficient_scope"' in by_id.headers["www-authenticate"]


BY_ID = f"/v1/complaints/{COMPLAINT_ID}/events"
BY_REFERENCE = "/v1/channels/web/complaints/A-1/events"
ALLOWED_BY = [
    ("/v1/complaints", "complaint", {"complaints"}),
    (BY_REFERENCE, CLOSED, {"events"}),
    (BY_REFERENCE, CLASSIFIED, {"classify"}),
    (BY_ID, CLOSED, {"back-office"}),
    (BY_ID, CLASSIFIED, {"classify"}),
    ("survey", {"score": 5}, {"survey-answers"}),
]


@pytest.mark.parametrize(("path", "body", "scopes"), ALLOWED_BY)
async def test_each_call_needs_its_scope_and_no_other(client, kafka, issued, complaint, path, body, scopes):
    given = complaint if body == "complaint" else body
    address = f"/v1/surveys/{survey_token()}/answers" if path == "survey" else path
    for scope in SCOPES:
        issued.issue(scope, scopes=[scope])
        answer = await post(client, scope, issued, address, json=given)
        assert answer.status_code == (202 if scope in scopes else 403), scope
    assert len(kafka.records) == 1


async def test_who_is_not_allowed_is_told_before_the_body_is_read(client, issued):
    issued.issue("bot", scopes=["classify"])
    answer = await post(client, "bot", issued, content=b"{oops", headers={"content-type": "application/json"})
    assert_problem(answer, 403, "wrong-scope")


async def test_a_key_speaks_for_its_channels_alone(client, kafka, issued, complaint):
    issued.issue("shop", channels=frozenset({"web"}))
    assert (await post(client, "shop", issued, json=complaint)).status_code == 202
    by_body = await post(client, "shop", issued, json=complaint | {"channel": "email"})
    assert_problem(by_body, 403, "wrong-channel", "/channel")
    by_path = await post(client, "shop", issued, "/v1/channels/email/complaints/A-1/events", json=CLOSED)
    assert_problem(by_path, 403, "wrong-channel", None)
    assert by_path.json()["errors"][0] == {"parameter": "channel", "detail": "this key may use web"}
    unknown = await post(client, "shop", issued, json=complaint | {"channel": "fax"})
    assert_problem(unknown, 422, "unknown-channel", "/channel")
    assert len(kafka.records) == 1


async def test_past_its_rate_a_key_waits_as_long_as_it_is_told(client, kafka, issued, complaint, clock):
    issued.issue("shop", rate=Rate(0.5, 2))
    issued.issue("bank")
    assert [(await post(client, "shop", issued, json=complaint)).status_code for _ in range(3)] == [202, 202, 429]
    clock[0] += SECOND // 2
    answer = await post(client, "shop", issued, json=complaint)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["retry_after"]) == (429, "2", 2)
    assert answer.json()["type"] == "urn:redress:problem:rate-exceeded"
    assert (await post(client, "bank", issued, json=complaint)).status_code == 202
    clock[0] += 2 * SECOND
    assert (await post(client, "shop", issued, json=complaint)).status_code == 202


async def test_what_a_key_may_not_do_is_not_counted_and_what_is_wrong_is(client, issued, complaint, clock):
    issued.issue("shop", rate=Rate(1, 2))
    assert (await post(client, "shop", issued, BY_ID, json=CLOSED)).status_code == 403
    assert (await post(client, "shop", issued, json={})).status_code == 422
    assert [(await post(client, "shop", issued, json=complaint)).status_code for _ in range(2)] == [202, 429]


async def test_a_bulk_line_needs_its_own_scope_and_counts_as_one(client, kafka, issued, complaint, clock):
    issued.issue("shop", rate=Rate(1, 5), channels=frozenset({"web"}))
    lines = [
        {"complaint": complaint},
        {"event": CLOSED, "complaint_id": COMPLAINT_ID},
        {"event": CLOSED, "channel": "web", "external_ref": "A-1"},
        {"event": CLASSIFIED, "channel": "web", "external_ref": "A-1"},
        {"complaint": complaint},
    ]
    body = "\n".join(map(json.dumps, lines))
    answer = await post(client, "shop", issued, "/v1/bulk", content=body, headers=NDJSON)
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [result["status"] for result in results] == [202, 403, 202, 403, 429]
    assert results[-1]["retry_after"] == 1
    assert [COMPLAINT_EVENTS.codec.decode(record.value).type for record in kafka.records] == [
        "complaint_received",
        "complaint_closed",
    ]


async def test_a_bulk_body_allows_no_more_than_the_other_calls(client, kafka, issued, complaint):
    issued.issue("desk", scopes=["bulk", "back-office"])
    lines = [
        {"complaint": complaint},
        {"event": CLOSED, "channel": "web", "external_ref": "A-1"},
        {"event": CLOSED, "complaint_id": COMPLAINT_ID},
    ]
    body = "\n".join(map(json.dumps, lines))
    answer = await post(client, "desk", issued, "/v1/bulk", content=body, headers=NDJSON)
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [403, 403, 202]
    assert len(kafka.records) == 1


async def test_bulk_needs_a_scope_of_its_own(client, issued, complaint):
    issued.issue("shop", scopes=["complaints"])
    body = json.dumps({"complaint": complaint})
    assert_problem(await post(client, "shop", issued, "/v1/bulk", content=body, headers=NDJSON), 403, "wrong-scope")


async def test_a_key_that_ends_while_its_bulk_body_arrives_ends_for_the_lines_to_come(client, kafka, issued, complaint):
    issued.issue("shop")

    async def body():
        yield json.dumps({"complaint": complaint}).encode() + b"\n"
        while not kafka.records:
            yield b""
        issued.drop("shop")
        yield json.dumps({"complaint": complaint}).encode() + b"\n"

    answer = await post(client, "shop", issued, "/v1/bulk", content=body(), headers=NDJSON)
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == [202, 401]
    assert len(kafka.records) == 1


@pytest.mark.parametrize(("end", "reason"), [(Issued.drop, "unknown-key"), (Issued.revoke, "revoked-key")])
@pytest.mark.parametrize(("path", "body"), [(path, body) for path, body, _ in ALLOWED_BY])
async def test_a_key_that_ends_while_a_body_arrives_has_ended(
    client, kafka, issued, complaint, path, body, end, reason
):
    issued.issue("shop", scopes=[*SCOPES])
    given = complaint if body == "complaint" else body
    address = f"/v1/surveys/{survey_token()}/answers" if path == "survey" else path

    async def arriving():
        end(issued, "shop")
        yield json.dumps(given).encode()

    answer = await post(
        client, "shop", issued, address, content=arriving(), headers={"content-type": "application/json"}
    )
    assert_problem(answer, 401, reason)
    assert not kafka.records


async def test_a_new_key_is_taken_beside_the_old_one_until_that_is_revoked(client, issued, complaint):
    issued.issue("old", owner="shop")
    issued.issue("new", owner="shop")
    named = complaint | {"external_ref": "A-1"}
    answers = [await post(client, name, issued, json=named) for name in ("old", "new")]
    assert answers[0].json() == answers[1].json()
    issued.drop("old")
    assert (await post(client, "old", issued, json=named)).status_code == 401
    assert (await post(client, "new", issued, json=named)).json() == answers[0].json()


async def test_as_soon_as_there_are_keys_everybody_has_to_show_one(client, issued, complaint):
    issued.keyring.keys = None
    assert (await client.post("/v1/complaints", json=complaint)).status_code == 202
    assert "security" not in (await client.get("/openapi.json")).json()
    issued.issue("shop")
    assert (await client.post("/v1/complaints", json=complaint)).status_code == 401
    document = (await client.get("/openapi.json")).json()
    ((scheme,),) = document["security"]
    assert document["components"]["securitySchemes"][scheme]["scheme"] == "bearer"


async def test_without_keys_a_shown_key_changes_nothing(client, issued, complaint):
    issued.issue("shop")
    issued.keyring.keys = None
    answer = await post(client, "shop", issued, json=complaint | {"external_ref": "A-1"})
    assert answer.json()["complaint_id"] == derive_complaint_id("local", "web", "A-1")


async def test_every_call_describes_how_it_refuses_a_key(client):
    for item in (await client.get("/openapi.json")).json()["paths"].values():
        answers = item["post"]["responses"]
        assert "WWW-Authenticate" in answers["401"]["headers"]
        assert "WWW-Authenticate" in answers["403"]["headers"]
        assert "Retry-After" in answers["429"]["headers"]
