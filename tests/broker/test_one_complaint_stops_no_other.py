"""Old imports, loops between systems and a broken producer on a real Kafka: every other complaint has its clocks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from redress.deployment import Deployment
from schemas.derived import SlaClocksChanged
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_CLOCKS, queue_topic
from services.registry import FEEDBACK, ROUTER, SERVICES, SLA_MONITOR
from tests.broker.contact_centre import complaint, contact_centre, event, resolution
from tests.broker.operators import operating
from tests.broker.reading import PARTITIONS, PATIENCE_SECONDS, Reading

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio]

GROUPS = {
    "redress-router": [COMPLAINT_EVENTS.name],
    "redress-sla_monitor": [COMPLAINT_EVENTS.name, COMPLAINTS_ROUTED.name],
    "redress-feedback": [COMPLAINT_EVENTS.name, COMPLAINTS_ROUTED.name],
}
OLD = datetime.now(UTC) - timedelta(days=44)
LOOP = 2_101
LIMIT = 100


def long_ago(line: dict[str, Any]) -> dict[str, Any]:
    """The line, reported as of 44 days ago."""
    (kind,) = line.keys() & {"complaint", "event"}
    return line | {kind: line[kind] | {"occurred_at": OLD.isoformat()}}


async def clocks(reading: Reading) -> dict[str, SlaClocksChanged]:
    """The clocks of each complaint as last told."""
    records = await reading.to_the_end(SLA_CLOCKS.name)
    return {record.key.decode(): SLA_CLOCKS.codec.decode(record.value) for record in records if record.value}


async def paused(deployment: Deployment) -> dict[str, list[str]]:
    """What each service says of its pauses."""
    async with aiohttp.ClientSession() as session:
        found = {}
        for service in (ROUTER, SLA_MONITOR, FEEDBACK):
            async with session.get(f"http://{deployment.admin[service.name]}/readyz") as answer:
                found[service.name] = (await answer.json())["paused"]
        return found


async def test_imports_of_old_complaints_and_a_loop_pause_nothing_and_a_broken_producer_its_partition_alone(deployment):
    reading = Reading(deployment.settings.kafka)
    for service in SERVICES:
        await deployment.start(service)
    await deployment.wait_until_ready()
    async with contact_centre(deployment.intake_url) as centre, operating(deployment) as operator:
        old = [f"old {number}" for number in range(600)]
        imported = await centre.send([long_ago(complaint(name)) for name in old])
        await centre.send([long_ago(resolution(name)) for name in old])
        await centre.send([event(name, "complaint_closed") for name in old])

        (loop, *_) = await centre.send(
            [complaint("a loop")]
            + [
                event("a loop", "customer_replied", personal={"body": str(number)})
                if number % 2
                else event("a loop", "agent_replied", automatic=True, kind="reply", personal={"body": str(number)})
                for number in range(LOOP - 1)
            ]
        )
        fresh = {one["complaint_id"] for one in await centre.send([complaint(f"beside {n}") for n in range(40)])}
        for group, topics in GROUPS.items():
            await reading.until_committed_to_the_end(group, topics)
        assert await paused(deployment) == {"router": [], "sla_monitor": [], "feedback": []}
        told = await clocks(reading)
        assert fresh <= told.keys()
        assert {status.reason for status in told[loop["complaint_id"]].clocks} >= {"too_many_events"}
        states = {status.state for one in imported for status in told[one["complaint_id"]].clocks}
        assert states <= {"met", "ended", "breached"}
        triage = queue_topic("triage")
        assert loop["complaint_id"] in {record.key.decode() for record in await reading.to_the_end(triage.name)}

        await operator.under_wrong_keys(2, LIMIT)
        everywhere = {service.name: ["complaint-events-2"] for service in (ROUTER, SLA_MONITOR, FEEDBACK)}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await paused(deployment) != everywhere:
                await asyncio.sleep(0.1)
        others = [partition for partition in range(PARTITIONS) if partition != 2]
        later = {one for partition in others for one in await operator.complaints(partition, 10)}
        await reading.until(
            SLA_CLOCKS.name, lambda records: later <= {record.key.decode() for record in records if record.value}
        )
