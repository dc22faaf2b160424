"""Whether a worker's memory stays flat while complaints open and close, as many open at any time as at any other.

In stream time: rows of closed complaints go thirty days after they closed, and the records of a run span years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import psutil
from confluent_kafka import Consumer, Producer, TopicPartition

from bench.cluster import ROUTING
from bench.peers import REDRESS
from bench.plan import PARTITIONS, Plan, console
from bench.plots import Curve, plot
from bench.running import Bench, Running
from bench.spread import table
from bench.workload import SEED
from schemas.codec import encode
from schemas.complaint import Customer
from schemas.events import ClockAdvanced, ComplaintClosed, ComplaintReceived
from schemas.topics import COMPLAINT_EVENTS

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
OPEN = 10_000
KEPT_DAYS = 30
"""How long the router keeps a row after its complaint closed."""
FILLED = 0.05
"""At this share of the run as many rows are kept as ever will be."""
SAMPLES = 40
AHEAD = 20_000
"""Records that may wait for the worker: the load goes no faster than it."""


@dataclass(frozen=True)
class Sample:
    """The worker's resident memory in MiB when it had so many records behind it."""

    records: int
    resident: float


def run(plan: Plan) -> str:
    """This section's part of the page."""
    bench = plan.bench({}, job=ROUTING, REDRESS_TIME="stream")
    bench.cluster.clear()
    bench.cluster.forget(REDRESS.group)
    with bench.running(REDRESS.name, REDRESS.command) as running:
        samples = list(_samples(plan, bench, running))
    later = [sample for sample in samples if sample.records >= 2 * FILLED * plan.records]
    growth = later[-1].resident / later[0].resident - 1
    curve: Curve = {sample.records: [sample.resident] for sample in samples}
    plot(plan.plots / "memory.svg", {"resident memory": curve}, x="records", y="MiB", ticks=False)
    lines = [[f"{sample.records:,}", f"{sample.resident:,.0f}"] for sample in samples[:: SAMPLES // 8]]
    return f"""\
## Memory over time

One router worker reads {plan.records:,} records in stream time. Complaints open and close, and {OPEN:,} are open at any
time. A complaint's row is deleted {KEPT_DAYS} days after it closed, so the number of rows grows until {FILLED:.0%} of
the run. From {2 * FILLED:.0%} of the run to its end, resident memory went from {later[0].resident:,.0f} to
{later[-1].resident:,.0f} MiB ({growth:+.1%}); the maximum was {max(sample.resident for sample in later):,.0f} MiB.

{table(["records", "resident, MiB"], lines)}

![resident memory by records]({plan.plots.name}/memory.svg)
"""


def _samples(plan: Plan, bench: Bench, running: Running) -> Iterator[Sample]:
    client = {"bootstrap.servers": bench.environment["REDRESS_KAFKA"], "log_level": 2}
    producer = Producer({**client, "partitioner": "murmur2_random", "linger.ms": 20})
    group = Consumer({**client, "group.id": REDRESS.group})
    process = psutil.Process(running.processes[0].pid)
    each = plan.records // SAMPLES
    for count, (partition, key, value) in enumerate(_records(plan.records), start=1):
        if partition is None:
            producer.produce(COMPLAINT_EVENTS.name, value, key)
        else:
            producer.produce(COMPLAINT_EVENTS.name, value, partition=partition)
        if not count % 1_000:
            producer.poll(0)
        if not count % min(AHEAD, each):
            producer.flush()
            running.wait_for(lambda count=count: count - _done(group) <= AHEAD)  # type: ignore[misc]
        if not count % each:
            running.wait_for(lambda count=count: count - _done(group) <= 0)  # type: ignore[misc]
            yield Sample(count, process.memory_info().rss / 2**20)
            console.print(f"{count:,} records: {process.memory_info().rss / 2**20:,.0f} MiB")
    group.close()


def _done(group: Consumer) -> int:
    """How many records the worker has committed."""
    places = [TopicPartition(COMPLAINT_EVENTS.name, number) for number in range(PARTITIONS)]
    return sum(max(0, place.offset) for place in group.committed(places, timeout=10))


def _records(count: int) -> Iterator[tuple[int | None, bytes, bytes]]:
    """Partition (of a clock's record), key and value: by turns one opens, one closes; each hour the clocks move on."""
    random = Random(SEED)
    days = KEPT_DAYS / FILLED
    hours = int(days * 24)
    open_ids: list[str] = []
    written = 0
    for hour in range(hours):
        now = BEGINNING + timedelta(hours=hour)
        until = count * (hour + 1) // hours
        while written < until - PARTITIONS:
            event: ComplaintReceived | ComplaintClosed
            if len(open_ids) < OPEN or written % 2:
                event = _received(str(UUID(int=random.getrandbits(128))), now, random)
                open_ids.append(event.complaint_id)
            else:
                at = random.randrange(len(open_ids))
                open_ids[at], closed = open_ids[-1], open_ids[at]
                open_ids.pop()
                event = ComplaintClosed(complaint_id=closed, **_times(now, random))
            yield None, event.complaint_id.encode(), encode(event)
            written += 1
        for partition in range(min(PARTITIONS, until - written)):
            yield partition, b"", encode(ClockAdvanced(to=now, **_times(now, random)))
            written += 1


def _received(complaint_id: str, now: datetime, random: Random) -> ComplaintReceived:
    customer = Customer(id=f"customer-{random.randrange(10**8)}", tier="standard", language="en")
    return ComplaintReceived(complaint_id=complaint_id, channel="web", customer=customer, **_times(now, random))


def _times(now: datetime, random: Random) -> dict[str, object]:
    return {"event_id": str(UUID(int=random.getrandbits(128))), "occurred_at": now, "recorded_at": now}
