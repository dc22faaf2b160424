"""What open complaints cost sla_monitor, which has an instant due for each: memory, idle ticks, and a crash."""

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
from bench.plots import plot
from bench.running import Bench, Running
from bench.spread import number, spread, table, within
from bench.workload import complaints
from schemas.topics import COMPLAINT_EVENTS, SLA_CLOCKS
from services.runtime.faust.consumer import SESSION_SECONDS
from services.runtime.tasks import TICK_SECONDS

SHARES = (1 / 20, 1 / 2, 5)
"""Of the throughput section's complaints: 10,000, 100,000 and 1,000,000 of 200,000."""
IDLE_SECONDS = 20.0
COMMAND = (sys.executable, "-m", "services.sla_monitor")
GROUP = "redress-sla_monitor"
JOB = Job(COMPLAINT_EVENTS.name, SLA_CLOCKS.name)
"""Each complaint gets its clocks once."""
BYTES, IDLE, READY, RECOVERED = "bytes each", "processor time a tick, ms", "ready, s", "of that recovery, s"
WORKER = {BYTES: "{:,.0f}", IDLE: "{:,.1f}", READY: "{:,.1f}", RECOVERED: "{:,.1f}"}
READY_TARGET_SECONDS = 30.0

Curves = dict[str, dict[float, list[float]]]


def run(plan: Plan) -> str:
    """This section's part of the page."""
    empty = _empty(plan)
    curves: Curves = {name: defaultdict(list) for name in WORKER}
    for share in SHARES:
        count = int(plan.complaints * share)
        bench = _filled(plan, count)
        for _ in range(plan.rounds):
            _note(curves, count, _after_a_crash(bench, count, empty))
    for file, y, names in (
        ("bytes", BYTES, [BYTES]),
        ("ready", "s", [READY, RECOVERED]),
    ):
        plotted = {name: curves[name] for name in names}
        plot(plan.plots / f"open-{file}.svg", plotted, x="open complaints", y=y, logarithmic=True)
    return _part(plan, empty, curves)


def _empty(plan: Plan) -> int:
    """The resident memory of a worker without any complaint, in bytes."""
    bench = plan.bench({}, job=JOB)
    bench.cluster.clear()
    bench.cluster.forget(GROUP)
    with bench.running("sla_monitor", COMMAND) as running:
        _wait_until_ready(running)
        return _idle(running)[1]


def _filled(plan: Plan, count: int) -> Bench:
    """A Kafka with the rows of so many complaints."""
    bench = plan.bench({}, job=JOB)
    bench.cluster.clear()
    # They happen now, so that no deadline passes while the bench runs.
    bench.cluster.fill(complaints(count, beginning=datetime.now(UTC)))
    bench.cluster.forget(GROUP)
    with bench.running("sla_monitor", COMMAND) as running:
        running.wait_for(lambda: bench.cluster.look().positions >= count)
    return bench


def _after_a_crash(bench: Bench, count: int, empty: int) -> dict[str, float]:
    """Kill a worker that is ready, start another at once, and then leave it alone."""
    with bench.running("killed", COMMAND) as running:
        _wait_until_ready(running)
        running.kill_one()
        killed = time.monotonic()
    with bench.running("sla_monitor", COMMAND) as running:
        _wait_until_ready(running)
        ready = time.monotonic() - killed
        recovered = max(seconds for _, seconds in partitions_ready(running.log))
        busy, resident = _idle(running)
    values = ((resident - empty) / count, busy * TICK_SECONDS * 1000, ready, recovered)
    return dict(zip(WORKER, values, strict=True))


def _wait_until_ready(running: Running) -> None:
    running.wait_for(lambda: len(partitions_ready(running.log)) == PARTITIONS)


def _idle(running: Running) -> tuple[float, int]:
    """The share of a core that the worker takes with nothing to do, and its resident memory in bytes."""
    process = psutil.Process(running.processes[0].pid)
    time.sleep(IDLE_SECONDS / 4)  # what recovery left to do
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(IDLE_SECONDS)
    running.check()
    return (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began), process.memory_info().rss


def _note(curves: Curves, count: int, values: dict[str, float]) -> None:
    for name, value in values.items():
        curves[name][count].append(value)
    said = ", ".join(f"{name} {WORKER[name].format(value)}" for name, value in values.items())
    console.print(f"{count:,} open: {said}")


def _rows(curves: Curves) -> list[list[str]]:
    points = sorted(curves[BYTES])
    return [[number(point), *(spread(curves[name][point], form) for name, form in WORKER.items())] for point in points]


def _part(plan: Plan, empty: int, curves: Curves) -> str:
    most = max(curves[BYTES])
    plots = "\n".join(f"![{name}]({Path(plan.plots.name) / f'open-{name}.svg'})" for name in ("bytes", "ready"))
    return f"""\
## Open complaints

One sla_monitor worker with open complaints of two clocks each, in {PARTITIONS} partitions.

- **Bytes each**: resident memory per complaint, without the {empty / 2**20:,.0f} MiB of a worker with no complaints.
- **Ready**: a ready worker is killed (SIGKILL) and another is started at once. The time is that from the kill until
  every partition is processing. It includes the {SESSION_SECONDS:g} s of the session timeout.
- **Recovery**: the part of it from the group's assignment.
- **Processor time a tick**: the processor time of {IDLE_SECONDS:g} s without load, divided by the number of ticks (one
  every {TICK_SECONDS:g} s). It includes everything else that an idle worker does.

{table(["open complaints", *WORKER], _rows(curves))}

Target: ready {READY_TARGET_SECONDS:g} s after a crash with {most:,.0f} open complaints; reached: \
{within(curves[READY][most], READY_TARGET_SECONDS)}.

{plots}
"""
