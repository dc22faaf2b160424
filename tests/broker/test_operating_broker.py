"""What operators do about dead letters and offsets, on a real Kafka with real services: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from base64 import b64decode
from collections import Counter

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from redress.operating import moving, retrying
from redress.operating.groups import OperationRefused
from schemas.derived import ComplaintRouted, DeadLetter
from schemas.operating import DeadLetterRetried
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED
from services.registry import ROUTER, SLA_MONITOR
from services.runtime.kafka import Kafka
from tests.broker.operators import POISON, operating
from tests.broker.reading import Reading

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

DLQ = COMPLAINT_EVENTS.dead_letters
GROUP = "redress-router"
LIMIT = 100


def letters(records) -> list[DeadLetter]:
    decoded = [DLQ.codec.decode(record.value) for record in records]
    return [event for event in decoded if isinstance(event, DeadLetter)]


def origins(records) -> list[tuple[int, int]]:
    return sorted((letter.partition, letter.offset) for letter in letters(records))


def routed(records) -> Counter[str]:
    events = [COMPLAINTS_ROUTED.codec.decode(record.value) for record in records]
    return Counter(event.complaint_id for event in events if isinstance(event, ComplaintRouted))


async def test_a_partition_past_its_limit_waits_alone_through_a_kill_and_goes_on_when_allowed(deployment):
    reading = Reading(deployment.settings.kafka)
    async with operating(deployment) as operator:
        await deployment.start(ROUTER)
        await deployment.wait_until_ready()
        complaints = await operator.complaints(1, 10)
        await operator.poison(1, LIMIT + 20)
        complaints += await operator.complaints(1, 10)
        await reading.until(DLQ.name, lambda records: len(records) == LIMIT)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-1"])

        deployment.supervisor.kill(ROUTER.name)
        complaints += await operator.complaints(0, 10)
        await reading.until(COMPLAINTS_ROUTED.name, lambda records: len(routed(records)) == 20)
        await operator.until_ready(lambda says: says["partitions"] == [0, 1, 2, 3] and not says["recovering"])
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-1"])
        assert len(await reading.to_the_end(DLQ.name)) == LIMIT
        shown = await operator.redress("offsets", "show", "--group", GROUP, "--json")
        (paused,) = [row for row in shown.rows if row["partition"] == 1]
        assert (paused["offset"], paused["log_start"], paused["log_end"], paused["lag"]) == (110, 0, 140, 30)
        assert paused["owner"]

        short = await operator.allow(1, until=109)
        assert short.rows[0]["outcome"] == "passed"
        assert "offsets show" in short.err
        assert (await operator.allow(1, until=110)).rows[0]["outcome"] == "allowed"
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])
        await operator.until_ready(lambda says: says["ready"])
        assert routed(await reading.to_the_end(COMPLAINTS_ROUTED.name)) == Counter(complaints)
        assert origins(await reading.to_the_end(DLQ.name)) == [(1, offset) for offset in range(10, 130)]


async def test_what_was_read_ahead_of_a_pause_is_read_again_when_it_ends_and_what_was_allowed_counts_no_more(
    deployment,
):
    reading = Reading(deployment.settings.kafka)
    async with operating(deployment) as operator:
        await operator.poison(2, 2 * LIMIT + 50)
        complaints = await operator.complaints(2, 5)
        await deployment.start(ROUTER)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-2"])
        refused = await operator.allow(2, until=2 * LIMIT + 56)
        assert refused.code == 1
        assert "ends at offset 255" in refused.err
        assert (await operator.allow(2, until=2 * LIMIT + 50)).rows[0]["outcome"] == "allowed"
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])
        assert routed(await reading.to_the_end(COMPLAINTS_ROUTED.name)) == Counter(complaints)
        assert origins(await reading.to_the_end(DLQ.name)) == [(2, offset) for offset in range(2 * LIMIT + 50)]

        await operator.poison(2, LIMIT)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-2"])


async def test_each_origin_is_published_again_once_whoever_asks_and_however_often(deployment, monkeypatch):
    reading, kafka = Reading(deployment.settings.kafka), Kafka(deployment.settings)
    async with operating(deployment) as operator:
        await operator.poison(3)
        (misrouted,) = await operator.complaints(0, misrouted=True)
        await deployment.start(ROUTER)
        await deployment.start(SLA_MONITOR)
        await reading.until(DLQ.name, lambda records: len(records) == 4)
        listed = await operator.redress("dlq", "list", "--json")
        assert sorted((row["partition"], row["group"], row["reason"], row["retried"]) for row in listed.rows) == [
            (1, "redress-router", "wrong_partition", False),
            (1, "redress-sla_monitor", "wrong_partition", False),
            (3, "redress-router", "malformed_json", False),
            (3, "redress-sla_monitor", "malformed_json", False),
        ]

        with monkeypatch.context() as patched:
            patched.setattr(retrying, "_mark", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await retrying.retry(kafka, COMPLAINT_EVENTS, None)
        assert len(await reading.to_the_end(COMPLAINT_EVENTS.name)) == 2, "a record without its mark is not committed"

        home = await operator.redress("dlq", "retry", COMPLAINT_EVENTS.name, "--reason", "wrong_partition", "--json")
        assert [(row["partition"], row["retry_partition"]) for row in home.rows] == [(1, 0)]
        await reading.until(COMPLAINTS_ROUTED.name, lambda records: routed(records) == Counter([misrouted]))

        both = await asyncio.gather(*(operator.redress("dlq", "retry", COMPLAINT_EVENTS.name) for _ in range(2)))
        assert 0 in {answer.code for answer in both}, both
        await reading.until(DLQ.name, lambda records: len(letters(records)) == 6)
        records = await reading.to_the_end(COMPLAINT_EVENTS.name)
        marked = [value for record in records for name, value in record.headers if name == retrying.RETRY_OF]
        assert sorted(marked) == [b"complaint-events-1-0", b"complaint-events-3-0"]
        decoded = [DLQ.codec.decode(record.value) for record in await reading.to_the_end(DLQ.name)]
        marks = [event for event in decoded if isinstance(event, DeadLetterRetried)]
        again = [event for event in decoded if isinstance(event, DeadLetter) and event.offset > 0]
        assert sorted((mark.partition, mark.offset) for mark in marks) == [(1, 0), (3, 0)]
        (failed,) = [mark for mark in marks if mark.partition == 3]
        assert {(letter.partition, letter.offset) for letter in again} == {(3, failed.retry_offset)}
        assert routed(await reading.to_the_end(COMPLAINTS_ROUTED.name)) == Counter([misrouted])


@pytest.mark.prove
async def test_a_retry_waits_for_a_dead_writers_transaction_that_hides_what_was_retried_before(deployment):
    reading, kafka = Reading(deployment.settings.kafka), Kafka(deployment.settings)
    async with operating(deployment) as operator:
        await operator.poison(3)
        await deployment.start(ROUTER)
        await reading.until(DLQ.name, lambda records: len(records) == 1)
        dead = AIOKafkaProducer(**kafka.client, transactional_id="dead", transaction_timeout_ms=1_000)
        await dead.start()
        await dead.begin_transaction()
        await dead.send_and_wait(DLQ.name, b"never committed", partition=3)
        done = [await retrying.retry(kafka, COMPLAINT_EVENTS, None) for _ in range(2)]
        await dead.stop()
        assert [mark.offset for marks, _ in done for mark in marks].count(0) == 1


async def test_what_a_record_held_is_printed_on_demand_only(deployment):
    reading = Reading(deployment.settings.kafka)
    async with operating(deployment) as operator:
        await operator.poison(3)
        await deployment.start(ROUTER)
        await reading.until(DLQ.name, lambda records: len(records) == 1)
        place = ["--partition", "3", "--offset", "0"]
        of_one = ["dlq", "show", COMPLAINT_EVENTS.name, *place]
        for command in (["dlq", "list"], of_one):
            for form in ([], ["--json"]):
                answer = await operator.redress(*command, *form)
                assert (answer.code, "malformed_json" in answer.out) == (0, True), answer
                assert "Erika" not in answer.out
                assert not any("value" in row for row in (answer.rows if form else []))
        assert POISON.decode() in (await operator.redress(*of_one, "--value")).out
        assert b64decode((await operator.redress(*of_one, "--value", "--json")).rows[0]["value"]) == POISON
        missing = await operator.redress("dlq", "show", COMPLAINT_EVENTS.name, "--partition", "3", "--offset", "7")
        assert (missing.code, missing.out) == (1, "")


async def test_a_worker_whose_next_record_is_gone_ends_until_its_offset_is_set_on_purpose(deployment, monkeypatch):
    reading, settings = Reading(deployment.settings.kafka), deployment.settings
    source = TopicPartition(COMPLAINT_EVENTS.name, 1)
    async with operating(deployment) as operator:
        before = await operator.complaints(1, 3)
        await deployment.start(ROUTER)
        await deployment.wait_until_ready()
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])

        monkeypatch.setattr(moving, "LEAVE_SECONDS", 1.0)
        with pytest.raises(OperationRefused, match="stop all its workers"):
            await moving.set_offset(Kafka(settings), GROUP, source, 0, print)
        await deployment.supervisor.stop(ROUTER.name)

        lost = await operator.complaints(1, 2)
        kept = await operator.complaints(1, 4)
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
        await admin.start()
        await admin.delete_records({source: RecordsToDelete(5)})
        await admin.close()
        ended = await asyncio.to_thread(run_router, settings)
        assert ended.returncode == 70, ended.stderr
        assert "is at offset 3 of complaint-events-1, but the log begins at 5" in ended.stderr
        assert "redress offsets set" in ended.stderr

        (row,) = [row for row in (await operator.redress("offsets", "show", "--json")).rows if row["fault"] is not None]
        assert (row["group"], row["topic"], row["partition"], row["offset"]) == (GROUP, source.topic, 1, 3)
        refused = await operator.set_offset(1, "4")
        assert refused.code == 1
        assert "from 5 to 9" in refused.err
        done = await operator.set_offset(1, "start")
        assert (done.code, done.rows[0]["before"], done.rows[0]["offset"]) == (0, 3, 5), done.err

        await deployment.start(ROUTER)
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])
        assert routed(await reading.to_the_end(COMPLAINTS_ROUTED.name)) == Counter(before + kept)
        assert not set(lost) & set(before + kept)


@pytest.mark.prove
async def test_a_worker_that_slept_while_its_offset_was_set_does_not_go_on_from_where_it_was(deployment):
    reading = Reading(deployment.settings.kafka)
    async with operating(deployment) as operator:
        before = await operator.complaints(1, 3)
        await deployment.start(ROUTER)
        await deployment.wait_until_ready()
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])
        deployment.supervisor.kill(ROUTER.name, signal.SIGSTOP)
        await operator.complaints(1, 2)
        done = await operator.set_offset(1, "end")
        assert (done.code, done.rows[0]["before"], done.rows[0]["offset"]) == (0, 3, 5), done.err

        deployment.supervisor.kill(ROUTER.name, signal.SIGCONT)
        after = await operator.complaints(1, 2)
        await reading.until(COMPLAINTS_ROUTED.name, lambda records: set(after) <= set(routed(records)))
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])
        assert routed(await reading.to_the_end(COMPLAINTS_ROUTED.name)) == Counter(before + after)


@pytest.mark.prove
async def test_an_offset_set_on_purpose_ends_a_pause_and_withdraws_what_was_allowed(deployment):
    reading = Reading(deployment.settings.kafka)
    async with operating(deployment) as operator:
        await operator.poison(1, 3 * LIMIT)
        complaints = await operator.complaints(1, 3)
        await deployment.start(ROUTER)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-1"])
        await operator.allow(1, until=LIMIT + 50)
        await reading.until(DLQ.name, lambda records: len(records) == 2 * LIMIT + 50)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-1"])

        await deployment.supervisor.stop(ROUTER.name)
        assert (await operator.set_offset(1, "start")).rows[0]["before"] == 2 * LIMIT + 50
        await deployment.start(ROUTER)
        await operator.until_ready(lambda says: says["paused"] == ["complaint-events-1"])
        await deployment.supervisor.stop(ROUTER.name)
        assert (await operator.set_offset(1, str(3 * LIMIT))).rows[0]["before"] == LIMIT
        await deployment.start(ROUTER)
        await reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])
        await operator.until_ready(lambda says: says["ready"])
        assert routed(await reading.to_the_end(COMPLAINTS_ROUTED.name)) == Counter(complaints)
        assert len(await reading.to_the_end(DLQ.name)) == 3 * LIMIT + 50


def run_router(settings) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "REDRESS_KAFKA": settings.kafka, "REDRESS_HOME": str(settings.home)}
    command = [sys.executable, "-m", "services.router"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
