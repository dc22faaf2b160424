"""A log of another system, replayed through all services on a real Kafka in stream time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter

import pytest

from redress.reading import read_to_end
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS, SURVEY_REQUESTS
from services.registry import SERVICES
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings
from tests.incident_log import INCIDENT_LOG, needs_incident_log

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.timeout(600)]

CLOCKS = {"first_response", "resolution"}


@pytest.fixture
def deployment_settings(own_kafka, tmp_path):
    return RuntimeSettings(kafka=own_kafka.bootstrap, home=tmp_path, time="stream")


async def replayed(settings):
    """What `redress replay` prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    replay = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from redress.cli import main; main()"),
        *("replay", INCIDENT_LOG, "--mapping", "servicenow", "--report"),
        env={**inherited, "REDRESS_KAFKA": settings.kafka, "REDRESS_TIME": "stream"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, messages = await replay.communicate()
    assert replay.returncode == 0, messages.decode()
    return json.loads(output)


async def conclusions(settings):
    """How often each event that a service wrote about a complaint can be read, by event_id."""
    topics = (COMPLAINTS_ROUTED, SLA_ALERTS, SURVEY_REQUESTS)
    found = Counter()
    async for _, event in read_to_end(Kafka(settings), topics):
        if event.type != "clock_advanced":
            found[event.event_id] += 1
    return found


@needs_incident_log
@pytest.mark.asyncio
async def test_the_incident_log_is_routed_and_judged_once_and_alike_when_replayed_again(
    deployment, deployment_settings
):
    for service in SERVICES:
        await deployment.start(service)
    await deployment.wait_until_ready()

    first = await replayed(deployment_settings)
    concluded = await conclusions(deployment_settings)
    again = await replayed(deployment_settings)

    print(json.dumps(first, indent=2))  # noqa: T201 - pytest shows it with a failure
    assert first["complaints"] == 890
    assert first["rejected"] == []
    report = first["concluded"]
    assert report["routed"] == sum(report["queues"].values()) == 890
    assert report["routed_more_than_once"] == 0
    assert report["decisions"] == {"received": 890, "reclassified": 108, "reopened": 12}
    assert report["complaints_by_own_verdict"] == {"kept": 495, "missed": 395}
    assert report["breaches"].keys() == report["complaints_breached_by_own_verdict"].keys() == CLOCKS
    assert set(concluded.values()) == {1}, "a conclusion was published twice"
    assert again == first, "the same events, decisions and standing alerts"
