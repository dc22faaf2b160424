"""Whether deadlines are answered fast and told in time: questions per second, and the lag of alerts under load."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from bench.cluster import Job
from bench.measure import partitions_ready
from bench.plan import PARTITIONS, Plan, console
from bench.questions import questions
from bench.running import Bench, BenchError
from bench.scraping import scraped
from bench.spread import quantile, reached, spread, within
from bench.steady_load import EVENTS_EACH, LATE, LATE_AFTER
from redress.broker import ports
from schemas.derived import SlaAlert
from schemas.topics import COMPLAINT_EVENTS, SLA_ALERTS
from services.config.folder import SHIPPED

CALENDAR = SHIPPED / "calendars" / "shanghai.yaml"
ASKED = 1_000_000
ASKED_TARGET = 50_000

EVENTS_PER_SECOND = 5_000
LOAD_SECONDS = 60.0
QUIET_SECONDS = 20.0
"""So long without a record means that no more will come."""
LAG_TARGET_SECONDS = 1.0
OVERDUE = "redress_sla_monitor_overdue_unfired"
SLA_MONITOR = (sys.executable, "-m", "services.sla_monitor")
ALERTS = Job(COMPLAINT_EVENTS.name, SLA_ALERTS.name)
ALWAYS = """\
version: 1
zone: UTC
hours: {mon: &day ["00:00-24:00"], tue: *day, wed: *day, thu: *day, fri: *day, sat: *day, sun: *day}
"""
POLICIES = """\
version: bench
policies:
  - name: everyone
    match: {}
    clocks:
      first_response: {target: 5s, calendar: always, warn: {80: medium}, owner: bench, runbook: bench}
      resolution: {target: 15d, calendar: always, warn: {80: medium}, owner: bench, runbook: bench}
"""


class Steady(NamedTuple):
    """What a steady load showed: seconds from each alert's instant until a reader saw it, and about the worker.

    ``overdue`` is the most that was due and not fired when its metrics were read, ``busy`` its share of a core.
    """

    lags: list[float]
    overdue: float
    busy: float

    def quantile(self, share: float) -> float:
        """The lag that a share of the alerts does not exceed."""
        return quantile(self.lags, share)


def run(plan: Plan) -> str:
    """This section's part of the page."""
    rates = _questions_per_second(plan)
    bench, address = _bench(plan)
    _steady(bench, address)  # not counted: the broker's Java still compiles, on a core that the worker needs
    loads = []
    for _ in range(plan.rounds):
        loads.append(_steady(bench, address))
        said = f"p50 {loads[-1].quantile(0.5):.3f} s, p99 {loads[-1].quantile(0.99):.3f} s"
        console.print(f"{said}, {loads[-1].overdue:g} overdue at most, {loads[-1].busy:.0%} of a core")
    p50, p99 = ([load.quantile(quantile) for load in loads] for quantile in (0.5, 0.99))
    return f"""\
## Deadlines

### Questions to a calendar

`redress sla due` with the shipped calendar of Shanghai, which has lunch breaks and holidays, answers {ASKED:,}
questions in one process, start included. Half ask for the due instant of one of seven targets, from 90 seconds to 30
days. Half ask for the working time between two instants up to 400 days apart. It answers {spread(rates)} questions/s
(target: {ASKED_TARGET:,}; reached: {reached(rates, ASKED_TARGET)}).

### Detection under a steady load

One sla_monitor worker with {PARTITIONS} partitions gets {EVENTS_PER_SECOND:,} events/s for {LOAD_SECONDS:g} s, at an
even rate. Each complaint is received, routed (with the router's record, so that its alerts need not wait for the
grace), assigned and answered: {EVENTS_EACH} events. One of {LATE} is answered only after its first_response of 5
seconds is overdue, so that {EVENTS_PER_SECOND // EVENTS_EACH // LATE} warnings and as many breaches fall due each
second. The lag is the time from an alert's instant until a read_committed reader has it. The first {LATE_AFTER:g} s,
in which the load is not complete, do not count, and neither does the first load, in which the broker's JVM still
compiles. Load, broker, worker and reader share the machine.

p50 is {spread(p50, "{:.2f}")} s, p99 {spread(p99, "{:.2f}")} s (target: {LAG_TARGET_SECONDS:g} s; reached: \
{within(p99, LAG_TARGET_SECONDS)}), of {len(loads[0].lags):,} alerts each time.
The worker uses {spread([load.busy for load in loads], "{:.0%}")} of a core. `{OVERDUE}`,
read once a second, was {max(load.overdue for load in loads):g} at most.
"""


def _questions_per_second(plan: Plan) -> list[float]:
    """Of each round, answers per second of the command. Raises BenchError where a question is not answered."""
    asked, answers = plan.home / "questions.ndjson", plan.home / "answers.ndjson"
    with asked.open("wb") as file:
        file.writelines(questions(ASKED))
    command = (Path(sys.executable).with_name("redress"), "sla", "due", "--calendar", CALENDAR)
    rates = []
    for _ in range(plan.rounds):
        with asked.open("rb") as file, answers.open("wb") as output:
            began = time.monotonic()
            subprocess.run(command, check=True, stdin=file, stdout=output)
            rates.append(ASKED / (time.monotonic() - began))
        with answers.open("rb") as file:
            if sum(b"error" not in line for line in file) != ASKED:
                raise BenchError("a question was not answered: see bench/questions.py")
        console.print(f"{rates[-1]:,.0f} questions/s")
    return rates


def _bench(plan: Plan) -> tuple[Bench, str]:
    """Runs under the policy above, and the address of the worker's admin port."""
    config = plan.home / "config"
    shutil.copytree(SHIPPED, config, dirs_exist_ok=True)
    (config / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    (config / "calendars" / "always.yaml").write_text(ALWAYS, encoding="utf-8")
    address = f"127.0.0.1:{ports.choose(1)[0]}"
    return plan.bench({}, job=ALERTS, REDRESS_CONFIG=str(config), REDRESS_SLA_MONITOR_ADMIN=address), address


def _steady(bench: Bench, address: str) -> Steady:
    """One load, from empty topics. Raises BenchError where an alert does not come."""
    bench.cluster.clear()
    bench.cluster.forget("redress-sla_monitor")
    with bench.running("sla_monitor", SLA_MONITOR) as running:
        running.wait_for(lambda: len(partitions_ready(running.log)) == PARTITIONS)
        process = psutil.Process(running.processes[0].pid)
        began, before = time.monotonic(), sum(process.cpu_times()[:2])
        with scraped(f"http://{address}/metrics", OVERDUE) as overdue:
            seen = _seen(bench)
        busy = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
        running.check()
    came = min(alert.started_at for alert, _ in seen)
    steady_from, steady_until = (came + timedelta(seconds=seconds) for seconds in (LATE_AFTER, LOAD_SECONDS))
    lags = [
        (at - alert.occurred_at).total_seconds()
        for alert, at in seen
        if steady_from <= alert.occurred_at < steady_until
    ]
    return Steady(lags, max(overdue), busy)


def _seen(bench: Bench) -> list[tuple[SlaAlert, datetime]]:
    """The alerts of a load, and when each was seen first."""
    reader = Consumer(
        {
            "bootstrap.servers": bench.environment["REDRESS_KAFKA"],
            "group.id": "bench-alerts",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    reader.assign([TopicPartition(SLA_ALERTS.name, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
    load = (sys.executable, "-m", "bench.steady_load", str(EVENTS_PER_SECOND), str(LOAD_SECONDS))
    late = -(-int(LOAD_SECONDS * EVENTS_PER_SECOND / EVENTS_EACH) // LATE)
    seen: dict[str, tuple[SlaAlert, datetime]] = {}
    changed = time.monotonic()
    with bench.running("the load", load):
        while len(seen) < 2 * late and time.monotonic() - changed < QUIET_SECONDS:
            message = reader.poll(0.1)
            if message is None:
                continue
            if message.error() is not None:
                raise KafkaException(message.error())
            now, changed = datetime.now(UTC), time.monotonic()
            event = SLA_ALERTS.codec.decode(message.value())
            if isinstance(event, SlaAlert):
                seen.setdefault(event.alert_id, (event, now))
    reader.close()
    if len(seen) != 2 * late:
        raise BenchError(f"{len(seen):,} alerts came, where {2 * late:,} were due")
    return list(seen.values())
