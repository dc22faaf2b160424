"""What open complaints cost sla_monitor, which has an instant due for each: ticks, memory and recovery."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.cluster import Job
from bench.measure import partitions_ready
from bench.plan import PARTITIONS, Plan, console
from bench.plots import Curve, plot
from bench.running import Bench, Running
from bench.spread import number, spread, table
from bench.workload import complaints
from schemas.topics import COMPLAINT_EVENTS, SLA_CLOCKS
from services.runtime.leases import TICK_SECONDS

SHARES = (1 / 20, 1 / 2, 5)
"""Of the throughput section's complaints: 10,000, 100,000 and 1,000,000 of 200,000."""
IDLE_SECONDS = 20.0
COMMAND = (sys.executable, "-m", "services.sla_monitor")
GROUP = "redress-sla"
JOB = Job(COMPLAINT_EVENTS.name, SLA_CLOCKS.name)
"""Each complaint gets its clocks once."""
MEASURES = {
    "processor time a tick, ms": "{:,.1f}",
    "resident memory, MiB": "{:,.0f}",
    "recovery, s": "{:,.2f}",
    "recovered rows/s": "{:,.0f}",
}


def run(plan: Plan) -> str:
    """This section's part of the page."""
    curves: dict[str, dict[float, list[float]]] = {name: defaultdict(list) for name in MEASURES}
    for share in SHARES:
        count = int(plan.complaints * share)
        bench = plan.bench({}, job=JOB)
        bench.cluster.clear()
        # They happen now, so that no deadline passes while the bench runs.
        bench.cluster.fill(complaints(count, beginning=datetime.now(UTC)))
        bench.cluster.forget(GROUP)
        with bench.running("sla_monitor", COMMAND) as running:
            running.wait_for(lambda count=count, bench=bench: bench.cluster.look().positions >= count)  # type: ignore[misc]
        for _ in range(plan.rounds):
            for name, value in _again(bench).items():
                curves[name][count].append(value)
        said = ", ".join(f"{name} {MEASURES[name].format(curve[count][-1])}" for name, curve in curves.items())
        console.print(f"{count:,} open: {said}")
    for file, name in (
        ("tick", "processor time a tick, ms"),
        ("resident", "resident memory, MiB"),
        ("recovery", "recovery, s"),
    ):
        plot(plan.plots / f"open-{file}.svg", {name: curves[name]}, x="open complaints", y=name, logarithmic=True)
    return _part(plan, curves)


def _again(bench: Bench) -> dict[str, float]:
    """What a fresh worker needs to get the rows, and then to do nothing."""
    with bench.running("sla_monitor", COMMAND) as running:
        running.wait_for(lambda: len(partitions_ready(running.log)) == PARTITIONS)
        ready = partitions_ready(running.log)
        rows, seconds = sum(rows for rows, _ in ready), max(seconds for _, seconds in ready)
        busy, resident = _idle(running)
    values = (busy * TICK_SECONDS * 1000, resident / 2**20, seconds, rows / seconds)
    return dict(zip(MEASURES, values, strict=True))


def _idle(running: Running) -> tuple[float, float]:
    """The share of a core that the worker takes with nothing to do, and its resident memory in bytes."""
    process = psutil.Process(running.processes[0].pid)
    time.sleep(IDLE_SECONDS / 4)  # what recovery left to do
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(IDLE_SECONDS)
    running.check()
    return (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began), process.memory_info().rss


def _part(plan: Plan, curves: dict[str, dict[float, list[float]]] | dict[str, Curve]) -> str:
    points = sorted(curves["recovery, s"])
    rows = [
        [number(point), *(spread(curve[point], MEASURES[name]) for name, curve in curves.items())] for point in points
    ]
    plots = "\n".join(
        f"![{name}]({Path(plan.plots.name) / f'open-{name}.svg'})" for name in ("tick", "resident", "recovery")
    )
    return f"""\
## Open complaints

sla_monitor with so many open complaints, two clocks each, in {PARTITIONS} partitions. Recovery is from the group's
assignment until every partition does its work. Then the worker is left alone for {IDLE_SECONDS:g} s: the processor
time that it takes is divided by its ticks, one each {TICK_SECONDS:g} s, and so includes all else that an idle worker
does.

{table(["open complaints", *MEASURES], rows)}

{plots}
"""
