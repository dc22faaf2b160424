"""A deployment on a Kafka of its own: what tests and the demo build on."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import httpx
import pytest

from redress import deployment as redress_deployment
from redress.broker import LocalKafka
from redress.deployment import Deployment, TopicsDiffer
from redress.supervisor.supervisor import WrongConfiguration
from redress.topics import apply_topics
from services.registry import INTAKE, ROUTER
from services.runtime.settings import RuntimeSettings

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]


async def test_several_instances_of_a_service_run_at_once_and_each_has_its_own_address(
    deployment: Deployment,
) -> None:
    assert await deployment.start(INTAKE) == "intake"
    assert await deployment.start(ROUTER) == "router"
    assert await deployment.start(ROUTER, instance=2) == "router-2"
    await deployment.wait_until_ready()
    assert len(set(deployment.admin.values())) == 3
    async with httpx.AsyncClient() as client:
        for address in deployment.admin.values():
            assert (await client.get(f"http://{address}/livez")).status_code == 200

    before = deployment.supervisor.pid("router")
    await deployment.supervisor.stop("router", signal.SIGKILL)
    assert deployment.supervisor.pid("router") is None
    await deployment.start(ROUTER)
    await deployment.wait_until_ready("router", "router-2")
    assert deployment.supervisor.pid("router") not in {before, None}


async def test_a_service_that_is_not_ready_is_told_of_with_what_it_waits_for(
    deployment: Deployment, own_kafka: LocalKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_kafka.kill()
    monkeypatch.setattr(redress_deployment, "TELL_SECONDS", 0.0)
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    monkeypatch.setattr(deployment.supervisor, "tell", lambda *line: told.put_nowait(line))
    await deployment.start(ROUTER)
    waiting = asyncio.create_task(deployment.wait_until_ready())
    while '"assigned": false' not in (line := await told.get())[1]:
        pass
    assert line[0] == "router"
    assert re.match(r"is not ready after \d+ s: \{", line[1])
    waiting.cancel()


async def test_waiting_for_a_service_that_refuses_its_configuration_ends(kafka: str, tmp_path: Path) -> None:
    settings = RuntimeSettings(kafka=kafka, home=tmp_path)
    nowhere = {"REDRESS_SURVEY_KEYS": "/nonexistent/survey-keys.yaml"}

    async def start_intake() -> None:
        async with redress_deployment.deployment(
            settings, environment=nowhere, intake="127.0.0.1:0", tell=lambda *_: None
        ) as running:
            await running.start(INTAKE)
            await running.wait_until_ready()

    with pytest.raises(WrongConfiguration, match=r"/nonexistent/survey-keys\.yaml"):
        await start_intake()


async def test_topics_with_another_partition_count_are_refused_before_anything_starts(
    kafka: str, tmp_path: Path
) -> None:
    settings = RuntimeSettings(kafka=kafka, home=tmp_path)
    await apply_topics(settings)
    another = settings.model_copy(update={"partitions": settings.partitions + 1})
    with pytest.raises(TopicsDiffer, match=r"complaint-events.*redress topics apply"):
        async with redress_deployment.deployment(another, environment={}, intake="", tell=lambda *_: None):
            pass
