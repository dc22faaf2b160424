"""Two deployments share one cluster: each has its prefix before every topic, group and transactional id."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import TopicPartition

from redress import deployment as redress_deployment
from redress.broker import LocalKafka, ports
from redress.deployment import Deployment
from redress.operating.commanding import allow
from redress.operating.positions import positions
from redress.reading import GROUPS, SOURCES, wait_until_read
from redress.survey_keys import ensure_survey_keys
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_CLOCKS
from services.registry import SERVICES
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings
from tests.broker.contact_centre import complaint, contact_centre
from tests.broker.reading import Reading, admin_of

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio]

PREFIXES = ("north.", "south-")


@pytest_asyncio.fixture
async def deployments(own_kafka: LocalKafka, tmp_path: Path) -> AsyncIterator[list[Deployment]]:
    """All services of two deployments, with one prefix each."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    async with AsyncExitStack() as stack:
        running = []
        for prefix in PREFIXES:
            home = tmp_path / prefix
            ensure_survey_keys(home)
            settings = RuntimeSettings(kafka=own_kafka.bootstrap, home=home, prefix=prefix)
            intake = f"127.0.0.1:{ports.choose(1)[0]}"
            made = redress_deployment.deployment(settings, environment=inherited, intake=intake, tell=print)
            running.append(await stack.enter_async_context(made))
            for service in SERVICES:
                await running[-1].start(service)
        for one in running:
            await one.wait_until_ready()
        yield running


async def complaints_in(kafka: str, topic: str) -> set[str]:
    return {record.key.decode() for record in await Reading(kafka).to_the_end(topic) if record.key}


async def test_each_deployment_does_its_own_work_under_names_of_its_own(deployments: list[Deployment]) -> None:
    bootstrap = deployments[0].settings.kafka
    posted = {}
    for running in deployments:
        async with contact_centre(running.intake_url) as centre:
            answers = await centre.send([complaint(f"{running.settings.prefix}{number}") for number in range(5)])
        posted[running.settings.prefix] = {answer["complaint_id"] for answer in answers}
        await wait_until_read(Kafka(running.settings), print)
    for prefix, complaint_ids in posted.items():
        for topic in (COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_CLOCKS):
            assert await complaints_in(bootstrap, prefix + topic.name) == complaint_ids

    async with admin_of(bootstrap) as admin:
        topics = {topic for topic in await admin.list_topics() if not topic.startswith("__")}
        groups = {group for group, _ in await admin.list_consumer_groups()}
    assert {topic for topic in topics if not topic.startswith(PREFIXES)} == set()
    assert groups == {prefix + group for prefix in PREFIXES for group in GROUPS.values()}
    # Transactional ids that were the same would have fenced one of each two workers, which then starts again.
    assert all(running.supervisor.restarts(service.name) == 0 for running in deployments for service in SERVICES)

    await operators_name_topics_and_groups_without_the_prefix(Kafka(deployments[0].settings))


async def operators_name_topics_and_groups_without_the_prefix(north: Kafka) -> None:
    found = await positions(north, SOURCES)
    assert {(one.group, one.topic) for one in found} == {
        (group, topic.name) for group, topics in SOURCES.items() for topic in topics
    }
    assert all(one.owner for one in found)
    first = found[0]
    source = TopicPartition(first.topic, first.partition)
    assert await allow(north, first.group, source, first.log_end) in ("allowed", "passed")
