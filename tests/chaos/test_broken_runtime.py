"""A runtime that was broken on purpose, on a real Kafka: the checker finds each fault, and none where there is none."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

import pytest
from aiokafka import AIOKafkaProducer

from chaos.checker import check
from chaos.direct_publisher import make_events
from chaos.fold import applications, fold
from chaos.reading import read
from chaos.sent import Sent
from chaos.system_under_test import CONFIG
from redress.broker import LocalKafka
from redress.supervisor.program import Program
from redress.supervisor.supervisor import Supervisor
from redress.survey_keys import ensure_survey_keys
from redress.topics import apply_topics
from redress.topics.declared import declared_topics
from schemas.codec import encode
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED
from services.runtime.kafka import Kafka
from services.runtime.names import changelog_name
from services.runtime.partitioner import partition_of
from services.runtime.settings import RuntimeSettings
from tests.broker.reading import PATIENCE_SECONDS, Reading

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio]

FIRST, MORE = range(100), range(100, 200)
"""Complaints: those that wait for the first router, and those that come when it has read them."""
GROUP = "redress-router"
TABLE = f"{changelog_name('router', 'complaints')} is not the fold of its input, at"
TWICE = f"twice in {COMPLAINTS_ROUTED.name}"
MISSING = f"missing in {COMPLAINTS_ROUTED.name}"


class Router:
    """Routers broken in one way, on a Kafka where complaints wait."""

    def __init__(self, settings: RuntimeSettings, supervisor: Supervisor, breakage: str) -> None:
        self.supervisor = supervisor
        self.marker = settings.home / "the worst moment has come"
        self.sent = Sent()
        self._settings = settings
        self._breakage = breakage
        self._complaints = [make_events(0, number)[0] for number in range(MORE.stop)]
        self._reading = Reading(settings.kafka)

    async def start(self, name: str, moment: str, at: str = "outputs") -> None:
        environment = {
            **os.environ,
            "REDRESS_KAFKA": self._settings.kafka,
            "REDRESS_HOME": str(self._settings.home),
            "REDRESS_CONFIG": str(CONFIG),
        }
        broken = ("-m", "tests.chaos.broken_worker", self._breakage, moment, at, str(self.marker))
        await self.supervisor.start(Program(name, (sys.executable, *broken), environment))

    async def publish(self, complaints: range) -> None:
        """Complaints by their numbers; a number stands for the same event whenever it comes."""
        async with AIOKafkaProducer(bootstrap_servers=self._settings.kafka, acks="all") as producer:
            for event in self._complaints[complaints.start : complaints.stop]:
                key = event.complaint_id.encode()
                home = partition_of(key, self._settings.partitions)
                await producer.send(COMPLAINT_EVENTS.name, encode(event), key, home)
                self.sent.accepted[COMPLAINT_EVENTS.name].add(event.event_id)

    async def until_read(self) -> None:
        await self._reading.until_committed_to_the_end(GROUP, [COMPLAINT_EVENTS.name])

    async def decisions(self) -> int:
        return len(await self._reading.to_the_end(COMPLAINTS_ROUTED.name))

    async def broken_promises(self) -> set[str]:
        topics = [topic.name for topic in declared_topics(self._settings)]
        reading = await read(Kafka(self._settings), topics, [GROUP])
        router = applications(self._settings)[:1]
        folded = fold(router, reading, partitions=self._settings.partitions, until=int(time() * 1000))
        return {violation.promise for violation in check(self.sent, reading, folded).violations}


@asynccontextmanager
async def router(kafka: LocalKafka, home: Path, breakage: str) -> AsyncIterator[Router]:
    settings = RuntimeSettings(kafka=kafka.bootstrap, home=home, config=CONFIG)
    ensure_survey_keys(home)
    await apply_topics(settings)
    async with Supervisor(lambda name, line: print(f"{name} | {line}")) as supervisor:  # noqa: T201 - with a failure
        running = Router(settings, supervisor, breakage)
        await running.publish(FIRST)
        yield running


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.1)


async def killed_at_the_worst_moment(kafka: LocalKafka, home: Path, breakage: str) -> set[str]:
    async with router(kafka, home, breakage) as running:
        await running.start("first", "SIGKILL")
        await running.until_read()
        await running.publish(MORE)
        await until(lambda: running.supervisor.restarts("first") == 1)
        await running.until_read()
        await running.supervisor.stop("first")
        return await running.broken_promises()


async def woken_after_its_heir_has_done_the_work(kafka: LocalKafka, home: Path, breakage: str) -> set[str]:
    return await woken(kafka, home, breakage, at="outputs")


async def woken_with_offsets_in_an_open_transaction(kafka: LocalKafka, home: Path, breakage: str) -> set[str]:
    return await woken(kafka, home, breakage, at="commit")


async def woken(kafka: LocalKafka, home: Path, breakage: str, *, at: str) -> set[str]:
    async with router(kafka, home, breakage) as running:
        await running.start("zombie", "SIGSTOP", at)
        await until(running.marker.exists)
        await running.start("heir", "never")
        await running.until_read()
        running.supervisor.kill("zombie", signal.SIGCONT)
        async with asyncio.timeout(PATIENCE_SECONDS):
            # Left behind, it ends and is started again; else what it held shows.
            while not running.supervisor.restarts("zombie") and await running.decisions() <= len(FIRST):
                await asyncio.sleep(0.1)
        await running.until_read()
        return await running.broken_promises()


async def killed_and_asked_again(kafka: LocalKafka, home: Path, breakage: str) -> set[str]:
    async with router(kafka, home, breakage) as running:
        await running.start("first", "never")
        await running.until_read()
        running.supervisor.kill("first")
        await until(lambda: running.supervisor.restarts("first") == 1)
        await running.publish(FIRST)
        await running.until_read()
        return await running.broken_promises()


@pytest.mark.parametrize(
    "story",
    [
        killed_at_the_worst_moment,
        woken_after_its_heir_has_done_the_work,
        woken_with_offsets_in_an_open_transaction,
        killed_and_asked_again,
    ],
)
async def test_the_runtime_as_it_is_keeps_every_promise(own_kafka, tmp_path, story):
    assert await story(own_kafka, tmp_path, "nothing") == set()


async def test_offsets_committed_before_the_outputs_are_acknowledged_are_found_by_what_is_missing(own_kafka, tmp_path):
    assert await killed_at_the_worst_moment(own_kafka, tmp_path, "commit-first") >= {MISSING, TABLE}


async def test_a_changelog_that_is_skipped_is_found_by_the_table_and_by_what_is_decided_twice(own_kafka, tmp_path):
    assert await killed_and_asked_again(own_kafka, tmp_path, "no-changelog") >= {TWICE, TABLE}


async def test_a_commit_with_an_old_generation_is_found_by_what_is_decided_twice(own_kafka, tmp_path):
    assert await woken_after_its_heir_has_done_the_work(own_kafka, tmp_path, "old-generation") >= {TWICE}


async def test_an_open_transaction_that_is_not_waited_for_is_found_by_what_is_decided_twice(own_kafka, tmp_path):
    assert await woken_with_offsets_in_an_open_transaction(own_kafka, tmp_path, "impatient") >= {TWICE}
