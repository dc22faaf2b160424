"""How old complaints are when a read_committed reader sees what became of them, at shares of what saturates."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from bench.cluster import Digests, Job
from bench.load import instant_of
from bench.measure import measure, watch
from bench.peers import REDRESS
from bench.plan import PARTITIONS, Plan, console
from bench.plots import plot
from bench.running import Bench, Running
from bench.spread import quantile, spread, table
from bench.throughput import noted
from bench.workload import complaints
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_ALERTS
from services.config.folder import SHIPPED

SHARES = (0.2, 0.5, 0.8)
HALF = 0.5
SHARE = 1 / 3
"""Of the throughput section's complaints, to find what saturates."""
LOAD_SECONDS = 30.0
WARM_UP_SECONDS = 5.0
"""The first of the load are not counted."""
KILL_AFTER_SECONDS = 15.0
QUIET_SECONDS = 20.0
"""So long without a record means that no more will come."""
TARGET_SECONDS = 0.5
ALERTS = Job(COMPLAINT_EVENTS.name, SLA_ALERTS.name)
SLA_MONITOR = (sys.executable, "-m", "services.sla_monitor")
POLICIES = """\
version: bench
policies:
  - name: routed
    match: {queue: [general, billing, fraud, technical, delivery, privacy, conduct, vip]}
    clocks:
      first_response: {target: 1h, calendar: shanghai, owner: bench, runbook: bench}
"""
"""Its only clock hangs on the queue, so no alert comes before a decision; and it has run out when it starts."""


@dataclass(frozen=True)
class Ages:
    """Of each complaint that a load sent: seconds from when it was due until its outcome was seen."""

    seconds: Sequence[float]

    def quantile(self, share: float) -> float:
        """The age that a share of them does not exceed."""
        return quantile(self.seconds, share)


def run(plan: Plan) -> str:
    """This section's part of the page."""
    plan = plan.with_share(SHARE)
    expected: Digests = {}
    bench = plan.bench(expected)
    bench.cluster.clear()
    bench.cluster.fill(noted(complaints(plan.complaints), expected))
    (saturated,) = measure(bench, REDRESS).values()
    decided: dict[float, list[Ages]] = {share: [] for share in SHARES}
    _decided(bench, saturated * HALF)  # not counted: the broker's Java still compiles, on a core that the worker needs
    for _ in range(plan.rounds):
        for share in SHARES:
            ages = _decided(bench, saturated * share)
            decided[share].append(ages)
            console.print(
                f"{share:.0%}: p50 {ages.quantile(0.5) * 1000:.0f} ms, p99 {ages.quantile(0.99) * 1000:.0f} ms"
            )
    taken_over = _decided(bench, saturated * HALF, workers=2, kill=True)
    alerts_saturated, alerted = _alerts(plan)
    milliseconds = {
        name: {share * 100: [ages.quantile(quantile) * 1000 for ages in of] for share, of in decided.items()}
        for name, quantile in (("p50", 0.5), ("p99", 0.99))
    }
    plot(plan.plots / "latency.svg", milliseconds, x="load, % of saturation", y="accepted to decided, ms")
    rows = [
        [f"{share:.0%} ({saturated * share:,.0f}/s)", *(spread(curve[share * 100]) for curve in milliseconds.values())]
        for share in SHARES
    ]
    p50, p99 = ([ages.quantile(quantile) * 1000 for ages in alerted] for quantile in (0.5, 0.99))
    late = sum(seconds > TARGET_SECONDS for seconds in taken_over.seconds)
    return f"""\
## Latency

Latency is the time from the instant at which a complaint should be accepted (by an idempotent producer with acks=all,
as in intake) until a read_committed reader has the result. The load has an even rate for {LOAD_SECONDS:g} s. The
first {WARM_UP_SECONDS:g} s do not count, and neither does the first load of each kind, in which the broker's JVM
still compiles. A complaint that is sent late counts from the instant at which it should have been sent. Load, broker,
workers and reader share the machine.

### Accepted to decided

One worker; {saturated:,.0f} complaints/s saturate it.

{table(["load", "p50, ms", "p99, ms"], rows)}

![latency by load]({plan.plots.name}/latency.svg)

### Accepted to alert

The latency from acceptance through router and sla_monitor, each of which reads only committed records. A policy that
matches on the queue gives each complaint a clock that is already overdue, so that each causes an alert once it is
routed. Both workers together process a backlog at {alerts_saturated:,.0f} complaints/s. At half of that rate p50 is
{spread(p50)} ms and p99 {spread(p99)} ms (target:
{TARGET_SECONDS * 1000:.0f} ms, {"reached" if min(p99) < TARGET_SECONDS * 1000 else "not reached"}).

### Takeover after a kill

Two router workers run at half load, and one is killed (SIGKILL) {KILL_AFTER_SECONDS:g} s after the load began. The
oldest complaint was {max(taken_over.seconds):.1f} s old when its decision was read, and {late:,} of
{len(taken_over.seconds):,} were older than {TARGET_SECONDS:g} s.
"""


def _decided(bench: Bench, rate: float, *, workers: int = 1, kill: bool = False) -> Ages:
    bench.cluster.clear()
    bench.cluster.forget(REDRESS.group)
    with bench.running(REDRESS.name, REDRESS.command, workers) as running:
        running.wait_for(lambda: running.log.read_text().count("partition ready") >= PARTITIONS)
        return _ages(bench, COMPLAINTS_ROUTED.name, rate, kill=running if kill else None)


def _alerts(plan: Plan) -> tuple[float, list[Ages]]:
    """What saturates router and sla_monitor together, and the ages of alerts at half of that."""
    config = plan.home / "config"
    shutil.copytree(SHIPPED, config, dirs_exist_ok=True)
    (config / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    bench = plan.bench({}, job=ALERTS, REDRESS_CONFIG=str(config))
    bench.cluster.clear()
    bench.cluster.fill(complaints(plan.complaints))
    with _both(bench) as running:
        looks = watch(bench.cluster, plan.complaints, running.check, to_the_end=True)
    # From the router's first decision: both share the machine, so what one does alone saturates neither.
    began = min(plan.bench({}).cluster.read_back().decided)
    alerts = bench.cluster.read_back()
    ended = next(look.at for look in looks if alerts.decisions(look) >= plan.complaints)
    saturated = plan.complaints / (ended - began)
    console.print(f"accepted to alert: saturated by {saturated:,.0f} complaints/s")
    ages = []
    for _ in range(1 + plan.rounds):
        bench.cluster.clear()
        with _both(bench) as running:
            running.wait_for(lambda: running.log.read_text().count("partition ready") >= PARTITIONS)
            ages.append(_ages(bench, SLA_ALERTS.name, saturated * HALF))
        console.print(f"accepted to alert: p50 {ages[-1].quantile(0.5):.3f} s, p99 {ages[-1].quantile(0.99):.3f} s")
    return saturated, ages[1:]  # in the first the broker's Java still compiles, on a core that the workers need


@contextmanager
def _both(bench: Bench) -> Iterator[Running]:
    """The router and sla_monitor; what is given is the latter, which is ready last."""
    bench.cluster.forget(REDRESS.group, "redress-sla_monitor")
    with bench.running(REDRESS.name, REDRESS.command), bench.running("sla_monitor", SLA_MONITOR) as running:
        yield running


def _ages(bench: Bench, topic: str, rate: float, *, kill: Running | None = None) -> Ages:
    """Send a load, and read the topic until all of it has come, or nothing comes any more."""
    reader = Consumer(
        {
            "bootstrap.servers": bench.environment["REDRESS_KAFKA"],
            "group.id": "bench-ages",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
    sent = int(rate * LOAD_SECONDS)
    seconds: list[float] = []
    came, began, changed = 0, 0.0, time.time()
    with bench.running("the load", (sys.executable, "-m", "bench.load", str(rate), str(LOAD_SECONDS))):
        while came < sent and time.time() - changed < QUIET_SECONDS:
            message = reader.poll(0.1)
            now = time.time()
            if kill is not None and began and now - began > KILL_AFTER_SECONDS:
                kill.kill_one()
                kill = None
            if message is None:
                continue
            if message.error() is not None:
                raise KafkaException(message.error())
            accepted = instant_of(message.key().decode())
            began, changed, came = began or accepted, now, came + 1
            if accepted - began > WARM_UP_SECONDS:
                seconds.append(now - accepted)
    reader.close()
    if came < sent:
        console.print(f"{topic}: {sent - came:,} of {sent:,} did not come")
    return Ages(seconds)
