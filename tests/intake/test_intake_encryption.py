"""With keys for personal data, intake keeps an event and the key of its words, and says 202 only when it has both."""

from __future__ import annotations

import json

import httpx
import pytest

from schemas.topics import COMPLAINT_EVENTS, PERSONAL_KEYS
from services.config.personal_keys import PersonalKeys
from services.intake.app import build
from services.intake.domain.arrivals import Sender
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.personal.encryption import Encryption
from services.personal.events import decrypt_event
from tests.intake.conftest import CHANNELS, KEYS, FakeKafka

pytestmark = pytest.mark.asyncio

ENCRYPTION = Encryption(PersonalKeys(current="1", keys={"1": "11" * 32}, pseudonyms="aa" * 32))
REFERENCE = "A-1"
EVENTS = f"/v1/channels/web/complaints/{REFERENCE}/events"


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def client(kafka: FakeKafka) -> httpx.AsyncClient:
    app = build(Sender("local", CHANNELS, uuid7), Surveys(KEYS, stream_time=False), kafka, encryption=ENCRYPTION)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake")


async def test_an_event_follows_the_key_of_its_words(client, kafka, complaint):
    assert (await client.post("/v1/complaints", json=complaint)).status_code == 202
    key, event = kafka.records
    kept = PERSONAL_KEYS.codec.decode(key.value)
    assert (key.topic, event.topic) == (PERSONAL_KEYS.name, COMPLAINT_EVENTS.name)
    assert key.key.decode() == f"{event.key.decode()}/{kept.key_id}"
    assert (kept.owner, kept.customer) == ("local", ENCRYPTION.pseudonym("c-1"))
    assert b"charged twice" not in key.value + event.value
    assert (
        decrypt_event(json.loads(event.value), kept.encrypted_key, ENCRYPTION)["personal"]["body"]
        == (complaint["body"])
    )


async def test_what_is_said_later_has_a_key_of_its_own_that_names_no_customer(client, kafka, complaint):
    await client.post("/v1/complaints", json={**complaint, "external_ref": REFERENCE})
    reply = {"type": "customer_replied", "personal": {"body": "When?"}}
    assert (await client.post(EVENTS, json=reply)).status_code == 202
    first, _, second, event = kafka.records
    keys = [PERSONAL_KEYS.codec.decode(one.value) for one in (first, second)]
    assert keys[0].complaint_id == keys[1].complaint_id == event.key.decode()
    assert (keys[1].owner, keys[1].customer) == (None, None)
    assert keys[0].key_id != keys[1].key_id


async def test_an_event_without_words_has_no_key(client, kafka):
    assert (await client.post(EVENTS, json={"type": "agent_assigned", "agent_id": "a"})).status_code == 202
    assert [record.topic for record in kafka.records] == [COMPLAINT_EVENTS.name]


@pytest.mark.parametrize("lost", ["the key", "the event"])
async def test_only_what_can_be_read_again_is_said_to_be_kept(client, kafka, complaint, monkeypatch, lost):
    publish = kafka.publish_all

    async def lose(records):
        for record in records:
            if (record.topic == PERSONAL_KEYS.name) == (lost == "the key"):
                kafka.loses.add(record.key)
        return await publish(records)

    monkeypatch.setattr(kafka, "publish_all", lose)
    assert (await client.post("/v1/complaints", json=complaint)).status_code == 503
    line = json.dumps({"complaint": complaint}) + "\n"
    answer = await client.post("/v1/bulk", content=line, headers={"content-type": "application/x-ndjson"})
    assert [json.loads(one)["status"] for one in answer.text.splitlines()] == [503]


async def test_bulk_lines_are_encrypted_one_by_one_and_told_in_order(client, kafka, complaint):
    lines = [
        json.dumps({"complaint": {**complaint, "external_ref": "B-1"}}),
        "{}",
        json.dumps({"event": {"type": "agent_assigned", "agent_id": "a"}, "channel": "web", "external_ref": "B-1"}),
        json.dumps({"complaint": {**complaint, "external_ref": "B-2"}}),
    ]
    answer = await client.post("/v1/bulk", content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    assert [json.loads(one)["status"] for one in answer.text.splitlines()] == [202, 422, 202, 202]
    assert [record.topic for record in kafka.records] == [
        *(PERSONAL_KEYS.name, COMPLAINT_EVENTS.name),
        COMPLAINT_EVENTS.name,
        *(PERSONAL_KEYS.name, COMPLAINT_EVENTS.name),
    ]
    assert all(b"charged twice" not in record.value for record in kafka.records)
