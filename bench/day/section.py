"""What ordinary days cost: the whole deployment at even loads, idle and saturated, on few partitions and on many."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping

from bench.day import report
from bench.day.deployed import COMMANDS, deployed
from bench.day.figures import FEW, MANY, PLAIN_RATE, RATES, STREAMS, Alerts, Day
from bench.day.http_load import COMPLAINT
from bench.day.loads import Load, idle, loaded, seen_of
from bench.day.saturation import Saturation, saturation
from bench.latency import POLICIES
from bench.peers import KAFKA_STREAMS
from bench.plan import Plan, console
from bench.wheel import installed_wheel, module_path
from bench.workload import BEGINNING
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS
from services.config.folder import SHIPPED
from services.registry import ROUTER

STREAMS_COMMANDS = {
    **{name: command for name, command in COMMANDS.items() if name != ROUTER.name},
    STREAMS: KAFKA_STREAMS[-1].command,
}
"""Exactly once, with a store."""
LONG_AGO = {**COMPLAINT, "occurred_at": BEGINNING.isoformat()}


def run(plan: Plan) -> str:
    """This section's part of the page."""
    wheel = module_path(installed_wheel(plan.home / "wheel"))
    days = {partitions: day(plan, partitions, wheel) for partitions in (FEW, MANY)}
    streams = kafka_streams(plan, wheel)
    report.draw(plan.plots, days)
    return report.part(plan.plots.name, plan.rounds, days, streams)


def day(plan: Plan, partitions: int, wheel: Mapping[str, str]) -> Day:
    """All of one partition count, by processes that run from the ``wheel``."""
    loads: dict[float, list[Load]] = defaultdict(list)
    with deployed(plan, partitions, wheel) as running:
        running.warm_up()
        idles = []
        for _ in range(plan.rounds):
            for rate in RATES:
                loads[rate].append(loaded(running, rate))
                _tell(f"{partitions} partitions, {rate:g}/s", loads[rate][-1])
            idles.append(idle(running))
        saturated = saturation(running)
        console.print(f"{partitions} partitions: {saturated}")
        half = [loaded(running, saturated.rate / 2) for _ in range(plan.rounds)]
    return Day(loads, idles, saturated, half, alerts(plan, partitions, saturated, wheel))


def alerts(plan: Plan, partitions: int, saturated: Saturation, wheel: Mapping[str, str]) -> Alerts:
    """What is seen where each complaint's clock has run out when it is routed."""
    config = plan.home / "overdue"
    shutil.copytree(SHIPPED, config, dirs_exist_ok=True)
    (config / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    topics = (COMPLAINTS_ROUTED.name, SLA_ALERTS.name)
    environment = {**wheel, "REDRESS_CONFIG": str(config)}
    with deployed(plan, partitions, environment, complaint=LONG_AGO) as running:
        running.warm_up()
        seen = [
            [seen_of(running, rate, topics) for _ in range(plan.rounds)] for rate in (PLAIN_RATE, saturated.rate / 2)
        ]
    return Alerts(*seen)


def kafka_streams(plan: Plan, wheel: Mapping[str, str]) -> list[Load]:
    """An ordinary day's load with Kafka Streams in the router's place."""
    with deployed(plan, FEW, wheel, commands=STREAMS_COMMANDS) as running:
        running.warm_up()
        return [loaded(running, PLAIN_RATE) for _ in range(plan.rounds)]


def _tell(name: str, load: Load) -> None:
    costs = ", ".join(f"{process} {load.percent(process):.1f}%" for process in load.used.by)
    console.print(f"{name}: {costs}; routed p99 {load.seen.age_ms(COMPLAINTS_ROUTED.name, 0.99):.0f} ms")
