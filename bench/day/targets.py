"""What an ordinary day is to reach: figures by partition count in; a row for each target, reached or not, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.day.deployed import BROKER
from bench.day.figures import FEW, MANY, PLAIN_RATE, Day
from bench.day.saturation import Saturation
from bench.spread import spread, within
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS
from services.registry import workers

WORKER_PERCENT, BROKER_PERCENT = 8.0, 35.0
MANY_OVER_FEW = 1.3
IDLE_PERCENT = 2.0
HELD_RATE = 2_000.0
ROUTED_MS, ALERT_MS = 250.0, 500.0
WORKERS = tuple(worker.name for worker in workers())


def targets(days: Mapping[int, Day]) -> list[list[str]]:
    """Rows of a table: what, on how many partitions, measured, target, reached. ``days`` has both FEW and MANY."""
    rows = [*_costs(days[FEW]), _many_over_few(days)]
    for partitions, day in days.items():
        rows += [[row[0], str(partitions), *row[1:]] for row in _of_each(day)]
    return rows


def _costs(day: Day) -> Iterator[list[str]]:
    loads = day.loads[PLAIN_RATE]
    for name, most in [*((worker, WORKER_PERCENT) for worker in WORKERS), (BROKER, BROKER_PERCENT)]:
        measured = [load.percent(name) for load in loads]
        yield [f"{name} at {PLAIN_RATE:g}/s, % of a core", str(FEW), *_below(measured, most, "{:.1f}")]


def _many_over_few(days: Mapping[int, Day]) -> list[str]:
    """The process that grows most, round by round."""
    few, many = (days[partitions].loads[PLAIN_RATE] for partitions in (FEW, MANY))
    ratios = [
        max(after.percent(name) / before.percent(name) for name in (BROKER, *WORKERS))
        for before, after in zip(few, many, strict=True)
    ]
    name = f"the most that broker or worker uses at {PLAIN_RATE:g}/s, over its use with {FEW}"
    return [name, str(MANY), *_below(ratios, MANY_OVER_FEW, "{:.2f}")]


def _of_each(day: Day) -> Iterator[list[str]]:
    idle = [max(used.percent(name) for name in used.by) for used in day.idle]
    yield ["the busiest process when idle, % of a core", *_below(idle, IDLE_PERCENT, "{:.1f}")]
    yield ["held, complaints/s accepted, routed and with clocks", *_held(day.saturation)]
    for load, routed, alerts in (
        (f"at {PLAIN_RATE:g}/s", day.loads[PLAIN_RATE], day.alerts.plain),
        ("at half of saturation", day.half, day.alerts.half),
    ):
        ages = [one.seen.age_ms(COMPLAINTS_ROUTED.name, 0.99) for one in routed]
        yield [f"accepted to routed {load}, p99, ms", *_below(ages, ROUTED_MS)]
        ages = [seen.age_ms(SLA_ALERTS.name, 0.99) for seen in alerts]
        yield [f"accepted to alert {load}, p99, ms", *_below(ages, ALERT_MS)]


def _held(saturation: Saturation) -> list[str]:
    return [f"{saturation.rate:,.0f}", f"{HELD_RATE:,.0f}", "yes" if saturation.rate >= HELD_RATE else "no"]


def _below(values: Sequence[float], most: float, form: str = "{:,.0f}") -> list[str]:
    return [spread(values, form), f"{most:g}", within(values, most)]
