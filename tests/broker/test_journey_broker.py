"""A complaint's journey through real processes on a real Kafka, as a front-end, an agent and an SRE see it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import aiokafka
import pytest

from chaos.fold import said
from redress.broker import LocalKafka
from redress.deployment import Deployment
from schemas.derived import ComplaintRouted, SlaBreached
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_SUMMARIES,
    SLA_ALERTS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
    queue_topic,
)
from services.registry import FEEDBACK, INTAKE, ROUTER, SERVICES, SLA_MONITOR
from services.router import app as router
from services.router.settings import Settings as RouterSettings
from services.runtime.settings import RuntimeSettings
from services.runtime.testing import TopologyTestDriver
from tests.broker.contact_centre import complaint, contact_centre, reply, resolution
from tests.broker.reading import PARTITIONS, Reading
from tests.short_config import write_config

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

ROUTER_TABLE = "redress-router-complaints-changelog"

STATEFUL = (ROUTER, SLA_MONITOR, FEEDBACK)
GROUPS = {
    "redress-router": [COMPLAINT_EVENTS.name],
    "redress-sla_monitor": [COMPLAINT_EVENTS.name, COMPLAINTS_ROUTED.name],
    "redress-feedback": [COMPLAINT_EVENTS.name, COMPLAINTS_ROUTED.name, SURVEY_RESPONSES.name],
}


@pytest.fixture
def deployment_settings(own_kafka: LocalKafka, tmp_path: Path) -> RuntimeSettings:
    config = write_config(tmp_path / "config", first_response="20s", resolution="1h", ask_after="1s")
    return RuntimeSettings(kafka=own_kafka.bootstrap, home=tmp_path, config=config)


def events(topic, records):
    return [topic.codec.decode(record.value) for record in records if record.value is not None]


def decisions(records) -> list[ComplaintRouted]:
    return [event for event in events(COMPLAINTS_ROUTED, records) if isinstance(event, ComplaintRouted)]


def breaches(records) -> list[SlaBreached]:
    return [event for event in events(SLA_ALERTS, records) if isinstance(event, SlaBreached)]


async def start_all(deployment: Deployment) -> None:
    for service in SERVICES:
        await deployment.start(service)
    await deployment.wait_until_ready()


async def test_a_posted_complaint_is_routed_once_and_so_is_one_posted_while_the_router_lies_dead(deployment):
    reading = Reading(deployment.settings.kafka)
    await deployment.start(INTAKE)
    await deployment.start(ROUTER)
    await deployment.wait_until_ready()
    async with contact_centre(deployment.intake_url) as centre:
        (first,) = await centre.send([complaint("first")])
        await reading.until(COMPLAINTS_ROUTED.name, lambda records: len(records) == 1)
        deployment.supervisor.kill(ROUTER.name)
        (second,) = await centre.send([complaint("second")])
        await centre.send([complaint("second")])
    await reading.until(COMPLAINTS_ROUTED.name, lambda records: len(records) == 2)
    await reading.until_committed_to_the_end("redress-router", [COMPLAINT_EVENTS.name])
    routed = decisions(await reading.to_the_end(COMPLAINTS_ROUTED.name))
    assert {event.complaint_id for event in routed} == {first["complaint_id"], second["complaint_id"]}
    assert {event.cause_event_id for event in routed} == {first["event_id"], second["event_id"]}
    queue = queue_topic("general")
    waiting = events(queue, await reading.to_the_end(queue.name))
    assert Counter(item.complaint_id for item in waiting) == {first["complaint_id"]: 1, second["complaint_id"]: 1}
    accepted = await reading.to_the_end(COMPLAINT_EVENTS.name)
    assert len(accepted) == 3, "a front-end's retry is a second record with the same id"


async def test_bytes_that_are_no_event_land_in_their_topics_dead_letters_and_what_follows_is_processed(deployment):
    reading = Reading(deployment.settings.kafka)
    bad = {
        b"{": "malformed_json",
        b"\xff\xfe": "malformed_json",
        b"[" * 100_000: "malformed_json",
        b'{"type": "no_such_event"}': "unknown_type",
        b'{"type": "clock_advanced", "occurred_at": 0}': "invalid_event",
    }
    topics = (COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_RESPONSES)
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka)
    await producer.start()
    for topic in topics:
        for value in bad:
            for partition in range(PARTITIONS):
                await producer.send_and_wait(topic.name, value, key=b"bad", partition=partition)
    await producer.stop()
    await start_all(deployment)
    async with contact_centre(deployment.intake_url) as centre:
        await centre.send([complaint("good"), reply("good"), resolution("good")])
        (asked,) = events(SURVEY_REQUESTS, await reading.until(SURVEY_REQUESTS.name, bool))
        assert await centre.answer_survey(asked.survey_id, 5) == 202
    await reading.until(FEEDBACK_SUMMARIES.name, bool)
    for topic in topics:
        readers = sum(topic.name in sources for sources in GROUPS.values())
        expected = len(bad) * PARTITIONS * readers
        letters = events(
            topic.dead_letters,
            await reading.until(topic.dead_letters.name, lambda records, all_=expected: len(records) >= all_),
        )
        assert len(letters) == expected
        assert {letter.value: letter.reason for letter in letters} == bad
        origins = {(letter.group, letter.topic, letter.partition, letter.offset) for letter in letters}
        assert len(origins) == expected
        assert {letter.topic for letter in letters} == {topic.name}


async def test_a_dead_letter_survives_although_its_record_was_as_large_as_its_topic_takes(deployment):
    reading = Reading(deployment.settings.kafka)
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, max_request_size=1_048_000)
    await producer.start()
    await producer.send_and_wait(COMPLAINT_EVENTS.name, b"\xff" * 1_000_000, key=b"large", partition=0)
    await producer.stop()
    await deployment.start(ROUTER)
    (letter,) = events(COMPLAINT_EVENTS.dead_letters, await reading.until(COMPLAINT_EVENTS.dead_letters.name, bool))
    assert letter.value == b"\xff" * 1_000_000


@pytest.mark.prove
async def test_every_worker_killed_again_and_again_leaves_each_decision_alert_and_survey_once(deployment):
    reading = Reading(deployment.settings.kafka)
    await deployment.start(INTAKE)
    for service in STATEFUL:
        await deployment.start(service)
        await deployment.start(service, instance=2)
    await deployment.wait_until_ready()
    refs = [f"ref-{number}" for number in range(6_000)]
    accepted = {}
    async with contact_centre(deployment.intake_url) as centre:
        for round_ in range(6):
            batch = refs[round_ * 1_000 : (round_ + 1) * 1_000]
            for ref, result in zip(batch, await centre.send([complaint(ref) for ref in batch]), strict=True):
                accepted[ref] = result["complaint_id"]
            await centre.send([line for ref in batch[::2] for line in (reply(ref), resolution(ref))])
            victims = [service.name if round_ % 2 else f"{service.name}-2" for service in STATEFUL]
            for victim in victims:
                deployment.supervisor.kill(victim)
            least = len(batch) * round_ + 1
            await reading.until(COMPLAINTS_ROUTED.name, lambda records, least=least: len(records) >= least)
            await deployment.wait_until_ready(*victims)
    silent = {accepted[ref] for ref in refs} - {accepted[ref] for ref in refs[::2]}
    await reading.until(SLA_ALERTS.name, lambda records: len(breaches(records)) >= len(silent))
    await reading.until(SURVEY_REQUESTS.name, lambda records: len(records) >= len(refs[::2]))
    for group, topics in GROUPS.items():
        await reading.until_committed_to_the_end(group, topics)

    routed = decisions(await reading.to_the_end(COMPLAINTS_ROUTED.name))
    assert Counter(event.complaint_id for event in routed) == dict.fromkeys(accepted.values(), 1)
    alerted = await reading.to_the_end(SLA_ALERTS.name)
    assert max(Counter(event.event_id for event in events(SLA_ALERTS, alerted)).values()) == 1
    assert Counter(event.complaint_id for event in breaches(alerted)) == dict.fromkeys(silent, 1)
    asked = events(SURVEY_REQUESTS, await reading.to_the_end(SURVEY_REQUESTS.name))
    assert Counter(event.complaint_id for event in asked) == {accepted[ref]: 1 for ref in refs[::2]}
    workers = [name for service in STATEFUL for name in (service.name, f"{service.name}-2")]
    assert {name: deployment.supervisor.restarts(name) for name in workers} == dict.fromkeys(workers, 3)
    await _assert_router_table_is_the_fold_of_its_input(deployment, reading)


async def _assert_router_table_is_the_fold_of_its_input(deployment: Deployment, reading: Reading) -> None:
    table: dict[tuple[int, bytes], bytes] = {}
    for record in await reading.to_the_end(ROUTER_TABLE):
        place = record.partition, record.key
        if record.value is None:
            table.pop(place, None)
        else:
            table[place] = record.value
    settings = RouterSettings(
        kafka=deployment.settings.kafka, home=deployment.settings.home, config=deployment.settings.config
    )
    fold = TopologyTestDriver(router.build(settings), partitions=PARTITIONS, start=datetime.now(UTC))
    for record in await reading.to_the_end(COMPLAINT_EVENTS.name):
        fold.send(COMPLAINT_EVENTS, record.value, record.key.decode(), partition=record.partition)
    fold.settle()
    folded = {(fold.home(key.decode()), key): row for key, row in fold.rows("router", "complaints").items()}
    # When a row is due depends on when its events were read; what it says of them does not.
    assert said(ROUTER_TABLE, table) == said(ROUTER_TABLE, folded)


@pytest.mark.prove
async def test_a_monitor_that_was_away_for_a_minute_fires_no_breach_for_a_reply_that_waited(deployment):
    reading = Reading(deployment.settings.kafka)
    await start_all(deployment)
    refs = [f"ref-{number}" for number in range(1_000)]
    async with contact_centre(deployment.intake_url) as centre:
        accepted = [result["complaint_id"] for result in await centre.send([complaint(ref) for ref in refs])]
        await reading.until(COMPLAINTS_ROUTED.name, lambda records: len(records) >= len(refs))
        await reading.until_committed_to_the_end("redress-sla_monitor", GROUPS["redress-sla_monitor"])
        await deployment.supervisor.stop(SLA_MONITOR.name)
        await centre.send([reply(ref) for ref in refs[::2]])
        away_until = asyncio.get_running_loop().time() + 60
        others = 0
        while asyncio.get_running_loop().time() < away_until:
            more = [f"more-{others + number}" for number in range(200)]
            others += len(more)
            await centre.send([line for ref in more for line in (complaint(ref), reply(ref))])
    await deployment.start(SLA_MONITOR)
    silent = set(accepted[1::2])
    await reading.until(SLA_ALERTS.name, lambda records: len(breaches(records)) >= len(silent))
    await reading.until_committed_to_the_end("redress-sla_monitor", GROUPS["redress-sla_monitor"])
    fired = breaches(await reading.to_the_end(SLA_ALERTS.name))
    assert Counter(event.complaint_id for event in fired) == dict.fromkeys(silent, 1)
    assert min(event.lag_seconds for event in fired) > 20


@pytest.mark.prove
async def test_after_ten_seconds_without_kafka_everything_goes_on_by_itself_and_nothing_is_missing(
    deployment, own_kafka
):
    reading = Reading(deployment.settings.kafka)
    await start_all(deployment)
    refs = [f"ref-{number}" for number in range(6_000)]
    async with contact_centre(deployment.intake_url) as centre:
        await centre.send([complaint(ref) for ref in refs[:1_000]])
        sending = asyncio.create_task(centre.send([complaint(ref) for ref in refs]))
        own_kafka.kill()
        await asyncio.sleep(10)
        await asyncio.to_thread(own_kafka.start)
        accepted = await sending
        assert centre.refused > 0
    kept = {event.event_id for event in events(COMPLAINT_EVENTS, await reading.to_the_end(COMPLAINT_EVENTS.name))}
    assert {result["event_id"] for result in accepted} <= kept
    await deployment.wait_until_ready()
    await reading.until(COMPLAINTS_ROUTED.name, lambda records: len(records) >= len(refs))
    await reading.until_committed_to_the_end("redress-router", GROUPS["redress-router"])
    routed = decisions(await reading.to_the_end(COMPLAINTS_ROUTED.name))
    assert Counter(event.complaint_id for event in routed) == {result["complaint_id"]: 1 for result in accepted}
