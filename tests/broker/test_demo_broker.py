"""The demo as a user runs it, on a real Kafka."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from redress.commands.demo import CONFIG
from redress.topics import apply_topics
from services.runtime.settings import RuntimeSettings

REPOSITORY = Path(__file__).parents[2]

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.timeout(400), pytest.mark.asyncio]


async def python(*arguments, **environment):
    """The exit code of a process, and all that it printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**inherited, "PYTHONPATH": str(REPOSITORY), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def demo(home, **environment):
    return await python("-c", "from redress.cli import main; main()", "demo", REDRESS_HOME=str(home), **environment)


async def test_every_number_of_the_demo_agrees_with_what_was_sent(tmp_path):
    code, output = await demo(tmp_path)
    assert code == 0, output
    assert "Every number agrees with what was sent." in output
    assert "This ran on Apache Kafka 4." in output
    assert (tmp_path / "demo" / "logs" / "services.log").stat().st_size > 0


async def test_the_example_prints_the_alerts_that_stand_after_the_demo(own_kafka, tmp_path):
    kafka = {"REDRESS_KAFKA": own_kafka.bootstrap, "REDRESS_PREFIX": "demo."}
    code, output = await demo(tmp_path / "home", **kafka)
    assert code == 0, output
    counted = re.findall(r"(warnings|breaches): (\w+) +\d+ +(\d+)$", output, flags=re.MULTILINE)
    assert len(counted) == 4, output
    code, printed = await python(REPOSITORY / "examples" / "standing_alerts.py", **kafka)
    assert code == 0, printed
    lines = [line.split() for line in printed.splitlines()]
    kinds = {"warnings": "sla_warning", "breaches": "sla_breached"}
    for kind, clock, found in counted:
        assert sum(line[1:3] == [kinds[kind], clock] for line in lines) == int(found)
    assert len(lines) == sum(int(found) for _, _, found in counted)


async def test_the_demo_does_not_mix_with_events_that_are_there_already(own_kafka, tmp_path):
    await apply_topics(RuntimeSettings(kafka=own_kafka.bootstrap, config=CONFIG))
    async with AIOKafkaProducer(bootstrap_servers=own_kafka.bootstrap) as producer:
        await producer.send_and_wait("complaint-events", b"somebody's own", key=b"k")
    code, output = await demo(tmp_path / "home", REDRESS_KAFKA=own_kafka.bootstrap)
    assert code == 1
    assert "holds events already" in output
