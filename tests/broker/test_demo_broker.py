"""The demo as a user runs it, on a real Kafka."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from aiokafka import AIOKafkaProducer

from redress.commands.demo import CONFIG
from redress.topics import apply_topics
from services.runtime.settings import RuntimeSettings

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.timeout(400), pytest.mark.asyncio]


async def demo(home, **environment):
    """Its exit code, and all that it printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from redress.cli import main; main()", "demo"),
        env={**inherited, "REDRESS_HOME": str(home), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_every_number_of_the_demo_agrees_with_what_was_sent(tmp_path):
    code, output = await demo(tmp_path)
    assert code == 0, output
    assert "Every number agrees with what was sent." in output
    assert "This ran on Apache Kafka 4." in output
    assert (tmp_path / "demo" / "logs" / "services.log").stat().st_size > 0


async def test_the_demo_does_not_mix_with_events_that_are_there_already(own_kafka, tmp_path):
    await apply_topics(RuntimeSettings(kafka=own_kafka.bootstrap, config=CONFIG))
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap) as producer:
        await producer.send_and_wait("complaint-events", b"somebody's own", key=b"k")
    code, output = await demo(tmp_path / "home", REDRESS_KAFKA=own_kafka.bootstrap)
    assert code == 1
    assert "holds events already" in output
