"""Several processes of intake behind one port, on a real Kafka."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from redress import deployment as redress_deployment
from redress.broker import ports
from redress.deployment import Deployment
from redress.survey_keys import ensure_survey_keys
from schemas.topics import COMPLAINT_EVENTS
from services.registry import INTAKE
from tests.broker.reading import PATIENCE_SECONDS, Reading

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

EVENTS = 60
ACCEPTED = re.compile(r"^redress_intake_accepted_total\{.*\} ([0-9.]+)$", re.MULTILINE)
COMPLAINT = {"channel": "web", "external_ref": "A-1", "customer": {"id": "c"}, "subject": "s", "body": "b"}
PATH = "/v1/channels/web/complaints/A-1/events"


@pytest_asyncio.fixture
async def two(deployment_settings) -> AsyncIterator[Deployment]:
    """Two processes, ready, that share a port."""
    ensure_survey_keys(deployment_settings.home)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    async with redress_deployment.deployment(
        deployment_settings,
        environment=inherited | {"REDRESS_INTAKE_SHARE_PORT": "1"},
        intake=f"127.0.0.1:{ports.choose(1)[0]}",
        tell=lambda name, line: None,
    ) as running:
        for instance in (1, 2):
            await running.start(INTAKE, instance=instance)
        await running.wait_until_ready()
        yield running


async def accepted_by(running: Deployment) -> dict[str, int]:
    """How many events each process says that it has kept, by its name."""
    counts = {}
    async with aiohttp.ClientSession() as session:
        for name, admin in running.admin.items():
            async with session.get(f"http://{admin}/metrics") as answer:
                found = re.findall(
                    r"^redress_intake_accepted_total\{.*\} ([0-9.]+)$", await answer.text(), re.MULTILINE
                )
            counts[name] = sum(int(float(one)) for one in found)
    return counts


async def post(running: Deployment, path: str, body: dict[str, object]) -> int:
    """The answer's status. Each post has a connection of its own, so that either process may get it."""
    async with aiohttp.ClientSession() as session, session.post(running.intake_url + path, json=body) as answer:
        return answer.status


async def test_events_of_one_complaint_stand_in_the_order_in_which_they_were_accepted(two, own_kafka):
    assert await post(two, "/v1/complaints", COMPLAINT) == 202
    for number in range(EVENTS):
        assert await post(two, PATH, {"type": "agent_assigned", "agent_id": str(number)}) == 202
    records = await Reading(own_kafka.bootstrap).to_the_end(COMPLAINT_EVENTS.name)
    kept = [COMPLAINT_EVENTS.codec.decode(record.value) for record in records]
    assert [event.agent_id for event in kept[1:]] == [str(number) for number in range(EVENTS)]
    counts = await accepted_by(two)
    assert (sum(counts.values()), min(counts.values()) > 0) == (EVENTS + 1, True), counts


async def test_when_one_is_killed_the_other_goes_on(two):
    two.supervisor.kill("intake-2")
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(20):
            while True:
                try:
                    assert await post(two, "/v1/complaints", COMPLAINT) == 202
                    break
                except aiohttp.ClientError:  # it was in the queue of the one that was killed
                    continue


async def test_a_key_that_is_made_counts_in_both(two, deployment_settings):
    async def statuses() -> set[int]:
        return {await post(two, "/v1/complaints", COMPLAINT) for _ in range(20)}

    assert await statuses() == {202}
    (deployment_settings.home / "keys.yaml").write_text("version: 1\nkeys: []\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await statuses() != {401}:
            pass
