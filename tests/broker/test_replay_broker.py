"""A log of another system, replayed through all services on a real Kafka in stream time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from redress.services import SERVICES
from services.runtime.settings import RuntimeSettings

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

REPOSITORY = Path(__file__).parents[2]
INCIDENT_LOG = Path(
    os.environ.get("REDRESS_INCIDENT_LOG", REPOSITORY.parent / "shared" / "data" / "incident_event_log.csv")
)


@pytest.fixture
def deployment_settings(own_kafka, tmp_path):
    return RuntimeSettings(kafka=own_kafka.bootstrap, home=tmp_path, time="stream")


async def replayed(settings, log, *options):
    """What `redress replay` prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    replay = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from redress.cli import main; main()", "replay", log),
        *("--mapping", "servicenow", "--report", *options),
        env={**inherited, "REDRESS_KAFKA": settings.kafka, "REDRESS_TIME": "stream"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, messages = await replay.communicate()
    assert replay.returncode == 0, messages.decode()
    return json.loads(output)


@pytest.mark.skipif(
    not INCIDENT_LOG.is_file(), reason="the incident log is not here; name it with REDRESS_INCIDENT_LOG"
)
@pytest.mark.asyncio
async def test_the_incident_log_is_routed_and_judged_once_and_the_same_when_it_is_replayed_again(
    deployment, deployment_settings
):
    for service in SERVICES:
        await deployment.start(service)
    await deployment.wait_until_ready()

    first = await replayed(deployment_settings, INCIDENT_LOG)

    print(json.dumps(first, indent=2))  # noqa: T201 - pytest shows it with a failure
    assert first["complaints"] == 890
    assert first["rejected"] == []
    concluded = first["concluded"]
    assert concluded["routed"] == sum(concluded["queues"].values()) == 890
    assert concluded["routed_more_than_once"] == concluded["events_seen_twice"] == 0
    assert concluded["complaints_by_own_verdict"] == {"kept": 495, "missed": 395}

    second = await replayed(deployment_settings, INCIDENT_LOG)

    assert second == first
