"""Personal data under encryption, through all services on a real Kafka: kept, handed out, held, destroyed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from redress.deployment import Deployment
from redress.personal.keys_writer import add_key
from redress.reading import records_to_end, wait_until_read
from schemas.topics import ALL, COMPLAINT_EVENTS, COMPLAINTS_ROUTED, PERSONAL_KEYS
from services.config.personal_keys import FILE_NAME, load_personal_keys
from services.personal.encryption import Encryption, Unreadable
from services.personal.events import decrypt_event, key_id_of
from services.registry import SERVICES
from services.runtime.kafka import Kafka
from tests.broker.operators import Operator, operating
from tests.broker.reading import Reading, admin_of

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

CANARY = "canary-4711"
COMPLAINT = {
    "channel": "web",
    "external_ref": "A-1",
    "customer": {"id": "C-7", "name": f"Zhang {CANARY}"},
    "subject": f"Card {CANARY}",
    "body": f"It was charged twice {CANARY}",
}
EVENTS = "/v1/channels/web/complaints/A-1/events"
REPLY = {"type": "customer_replied", "personal": {"body": f"When? {CANARY}"}}


@pytest_asyncio.fixture
async def desk(deployment: Deployment) -> AsyncIterator[Operator]:
    """All services at work, with keys for personal data."""
    add_key(deployment.settings.home / FILE_NAME)
    for service in SERVICES:
        await deployment.start(service)
    await deployment.wait_until_ready()
    async with operating(deployment) as operator:
        yield operator


async def post(deployment: Deployment, path: str, body: dict[str, object]) -> str:
    async with aiohttp.ClientSession() as session, session.post(deployment.intake_url + path, json=body) as answer:
        assert answer.status == 202
        return (await answer.json())["complaint_id"]


async def every_value(deployment: Deployment) -> list[bytes]:
    """Every value of every topic of the cluster but Kafka's own, changelogs and dead letters included."""
    reading = Reading(deployment.settings.kafka)
    async with admin_of(deployment.settings.kafka) as admin:
        topics = [name for name in await admin.list_topics() if not name.startswith("__")]
    assert len(topics) > len(ALL)
    values = [record.value for topic in topics for record in await reading.to_the_end(topic)]
    return [value for value in values if value is not None]


async def read_by_all_keys(deployment: Deployment) -> list[str]:
    """What of any topic's events can be read by who has the file of keys and every record that stands."""
    encryption = Encryption(load_personal_keys(None, deployment.settings.home))
    standing = {}
    async for record in records_to_end(Kafka(deployment.settings), [PERSONAL_KEYS.name]):
        standing[record.key] = record.value
    keys = [PERSONAL_KEYS.codec.decode(value).encrypted_key for value in standing.values() if value is not None]
    read = []
    for value in await every_value(deployment):
        event = json.loads(value) if value.startswith(b"{") else {}
        if key_id_of(event) is None:
            continue
        for key in keys:
            try:
                read.append(json.dumps(decrypt_event(event, key, encryption)))
            except Unreadable:
                continue
    return read


async def test_what_was_erased_is_read_nowhere_and_every_service_goes_on(deployment, desk):
    complaint_id = await post(deployment, "/v1/complaints", COMPLAINT)
    await post(deployment, EVENTS, REPLY)
    kafka = Kafka(deployment.settings)
    await wait_until_read(kafka, lambda line: None)
    assert not [value for value in await every_value(deployment) if CANARY.encode() in value]
    assert len(await read_by_all_keys(deployment)) == 2

    exported = await desk.redress("subject", "export", "--customer", "C-7")
    assert exported.code == 0, exported.err
    (one,) = json.loads(exported.out)["complaints"]
    assert one["complaint_id"] == complaint_id
    assert exported.out.count(CANARY) == 4
    assert {event["topic"] for event in one["events"]} >= {COMPLAINT_EVENTS.name, COMPLAINTS_ROUTED.name}

    held = await desk.redress("hold", "place", "--customer", "C-7", "--reason", "case 114", "--by", "legal")
    assert held.code == 0, held.err
    refused = await desk.redress("erase", "--customer", "C-7")
    assert (refused.code, "case 114" in refused.err, refused.out) == (1, True, "")
    assert len(await read_by_all_keys(deployment)) == 2
    assert (await desk.redress("hold", "release", "--customer", "C-7")).code == 0

    before = [(record.key, record.value) async for record in records_to_end(kafka, [PERSONAL_KEYS.name])]
    erased = await desk.redress("erase", "--customer", "C-7")
    assert erased.rows == [{"complaint_id": complaint_id, "keys_destroyed": 2}], erased.err
    assert await read_by_all_keys(deployment) == []
    exported = await desk.redress("subject", "export", "--complaint", complaint_id)
    assert (exported.out.count(CANARY), exported.out.count("its key was destroyed")) == (0, 2)
    types = [json.loads(value)["type"] for value in await every_value(deployment) if b"customer_erased" in value]
    assert "customer_erased" in types

    # A restore of yesterday's copy of the topic.
    async with AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka) as producer:
        for key, value in before:
            await producer.send_and_wait(PERSONAL_KEYS.name, value, key=key)
    assert len(await read_by_all_keys(deployment)) == 2
    assert (await desk.redress("erase", "--again")).rows == [{"complaint_id": complaint_id, "keys_destroyed": 2}]
    assert await read_by_all_keys(deployment) == []

    await post(deployment, EVENTS, REPLY)
    await post(deployment, "/v1/complaints", {**COMPLAINT, "external_ref": "A-2"})
    await wait_until_read(kafka, lambda line: None)
    assert len(await read_by_all_keys(deployment)) == 2, "what comes later is kept"
    async with aiohttp.ClientSession() as session:
        for name, admin in deployment.admin.items():
            async with session.get(f"http://{admin}/readyz") as answer:
                assert answer.status == 200, name


async def test_keys_under_an_older_key_of_the_file_are_renewed(deployment, desk):
    await post(deployment, "/v1/complaints", COMPLAINT)
    made = await desk.redress("personal-keys", "create")
    assert json.loads(made.out) | {"file": ""} == {"file": "", "current": "2", "keys": ["1", "2"]}
    assert (await desk.redress("personal-keys", "renew")).rows == [{"renewed": 1}]
    assert (await desk.redress("personal-keys", "renew")).rows == [{"renewed": 0}]
    file = deployment.settings.home / FILE_NAME
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.startswith("  '1'")))
    assert (await desk.redress("subject", "export", "--customer", "C-7")).out.count(CANARY) == 3
