"""Two thousand connections at once, half of them slow, on the real intake and a real Kafka."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from bench.door.crowd import gather_crowd, raise_file_limit
from schemas.topics import COMPLAINT_EVENTS
from services.registry import INTAKE
from tests.broker.reading import Reading

pytestmark = [pytest.mark.broker, pytest.mark.asyncio, pytest.mark.prove]

FAST = SLOW = 1_000
SECONDS = 60.0
MOST_BYTES = 300 * 1024 * 1024
COMPLAINT = {"channel": "web", "customer": {"id": "c-1"}, "subject": "Card", "body": "It was charged twice. " * 20}


@pytest.fixture(autouse=True)
def _files() -> None:
    raise_file_limit(FAST + SLOW)


@pytest.mark.timeout(300)
async def test_slow_senders_take_nothing_from_fast_ones_and_every_202_has_its_event(deployment, own_kafka):
    name = await deployment.start(INTAKE)
    await deployment.wait_until_ready()
    host, port = deployment.intake_url.removeprefix("http://").split(":")
    process = psutil.Process(deployment.supervisor.pid(name))
    sizes: list[int] = []

    async def watch() -> None:
        while True:
            sizes.append(process.memory_info().rss)
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    crowd = await gather_crowd((host, int(port)), COMPLAINT, fast=FAST, slow=SLOW, seconds=SECONDS)
    watching.cancel()
    told = f"{crowd.statuses}, p99 {crowd.quantile(0.99):.2f} s, {max(sizes) / 2**20:.0f} MiB, {crowd.cut_off} cut off"
    print(told)  # noqa: T201 - pytest shows it with a failure, or with -s
    kept = {record.key.decode() for record in await Reading(own_kafka.bootstrap).to_the_end(COMPLAINT_EVENTS.name)}
    assert crowd.kept <= kept
    assert len(crowd.answers_of) == FAST, "every fast sender is answered"
    assert set(crowd.statuses) == {202}
    assert max(sizes) < MOST_BYTES
