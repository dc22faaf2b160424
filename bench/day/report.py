"""A day's figures in; its part of the page and its plots out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.day.deployed import BROKER, WARM_UP_RATE, WARM_UP_SECONDS
from bench.day.figures import FEW, PLAIN_RATE, STREAMS, Day
from bench.day.loads import IDLE_SECONDS, LOAD_SECONDS, Load
from bench.day.saturation import ALLOWED_SECONDS, STEP_SECONDS, STEPS, Step
from bench.day.targets import targets
from bench.h2load import CONNECTIONS
from bench.plots import plot
from bench.spread import spread, table
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS, SLA_CLOCKS
from services.registry import ROUTER, SERVICES

PROCESSES = (BROKER, *(service.name for service in SERVICES))


def draw(plots: Path, days: Mapping[int, Day]) -> None:
    """Each process's share of a core by load, a plot for each partition count."""
    for partitions, day in days.items():
        curves = {
            name: {rate: [load.percent(name) for load in loads] for rate, loads in day.loads.items()}
            for name in PROCESSES
        }
        plot(plots / f"day-{partitions}.svg", curves, x="complaints/s", y="% of a core", logarithmic=True)


def part(plots: str, rounds: int, days: Mapping[int, Day], streams: Sequence[Load]) -> str:
    """The section in Markdown; ``plots`` is the folder of its plots."""
    tables = "\n".join(_day(plots, partitions, day) for partitions, day in days.items())
    return f"""\
## Ordinary days

The whole deployment as `redress up` runs it: intake, router, sla_monitor and feedback with the shipped configuration,
one process each, from the [wheel for production](runtime.md#the-wheel-for-production), on one Kafka. h2load posts
complaints one by one over HTTP keep-alive. All share the machine.

{table(["", "partitions", "measured", "target", "reached"], targets(days))}

{tables}
### Kafka Streams in the router's place

The day at {PLAIN_RATE:g}/s with {FEW} partitions, where Kafka Streams (exactly_once_v2, in-memory store) does what the
router does, and the other processes stay.

{table(["", "the router", "Kafka Streams"], _beside(days[FEW].loads[PLAIN_RATE], streams))}

### How a day is measured

- Each figure is the median of {rounds} rounds, with the lowest and the highest. Saturation is searched once.
- Before anything counts, {WARM_UP_RATE:g} complaints/s are posted for {WARM_UP_SECONDS:g} s, in which the broker's JVM
  compiles. A load lasts {LOAD_SECONDS:g} s. Its connections post in turn at an even rate.
- **Processor time** is that of a load without an observer, which the broker would serve too. It is counted in and out
  of the kernel from the first post to the last answer. Idle are {IDLE_SECONDS:g} s after the outputs of a load.
- **Latency** is that of a second load, which a read_committed reader observes. It runs from the instant that intake
  stamps on the record of complaint-events (its Kafka timestamp, in whole milliseconds) until the reader has the
  complaint's first record in complaints-routed, sla-clocks or sla-alerts.
- **Alerts** come from another configuration, in which each complaint's clock has run out when it is routed.
- **Saturation** begins with {CONNECTIONS} connections that post their next complaint when the last is answered, for
  {STEP_SECONDS:g} s. If the workers fall behind, {STEPS} even loads halve the distance between what they hold and what
  they do not. A load is held when no more complaints are behind at its end than at a third of its time, but for what
  is accepted in {ALLOWED_SECONDS:g} s. Behind are those that are accepted, and not visible as routed and with clocks;
  their number is the mean of a second. Rates are those from the third to the end, as the reader sees them.
"""


def _day(plots: str, partitions: int, day: Day) -> str:
    loads = {**{f"{rate:g}/s": loads for rate, loads in day.loads.items()}, _half(day): day.half}
    steps = {"as fast as is answered": day.saturation.closed_loop, "the greatest held": day.saturation.held}
    return f"""\
### With {partitions} partitions

{table(["% of a core", "idle", *loads], [_percents(name, day, loads) for name in PROCESSES])}

{table(["ms of a core a complaint", *loads], [_each(name, loads) for name in PROCESSES])}

![processor time by load]({plots}/day-{partitions}.svg)

{table(["milliseconds", *loads], _latencies(loads, day))}

{table(["load", "accepted/s", "routed/s", "with clocks/s", "behind at a third", "behind at the end"], _steps(steps))}
"""


def _half(day: Day) -> str:
    return f"half of saturation ({day.saturation.rate / 2:,.0f}/s)"


def _percents(name: str, day: Day, loads: Mapping[str, Sequence[Load]]) -> list[str]:
    idle = spread([used.percent(name) for used in day.idle], "{:.1f}")
    return [name, idle, *(spread([load.percent(name) for load in of], "{:.1f}") for of in loads.values())]


def _each(name: str, loads: Mapping[str, Sequence[Load]]) -> list[str]:
    return [name, *(spread([load.each_ms(name) for load in of], "{:.2f}") for of in loads.values())]


def _latencies(loads: Mapping[str, Sequence[Load]], day: Day) -> list[list[str]]:
    alerts = {f"{PLAIN_RATE:g}/s": day.alerts.plain, _half(day): day.alerts.half}

    def row(name: str, milliseconds: Callable[[str], list[float]]) -> list[str]:
        return [name, *(spread(found) if (found := milliseconds(load)) else "" for load in loads)]

    rows = []
    for percent in (50, 99):
        share = percent / 100
        rows += [
            row(f"posted to 202, p{percent}", lambda at, share=share: [one.answer_ms(share) for one in loads[at]]),
            *(
                row(
                    f"accepted to {name}, p{percent}",
                    lambda at, share=share, topic=topic: [one.seen.age_ms(topic, share) for one in loads[at]],
                )
                for name, topic in (("routed", COMPLAINTS_ROUTED.name), ("clocks", SLA_CLOCKS.name))
            ),
            row(
                f"accepted to alert, p{percent}",
                lambda at, share=share: [seen.age_ms(SLA_ALERTS.name, share) for seen in alerts.get(at, ())],
            ),
        ]
    return rows


def _steps(steps: Mapping[str, Step]) -> list[list[str]]:
    return [
        [name, *(f"{value:,.0f}" for value in (one.accepted, one.routed, one.clocks))]
        + [f"{value:,.0f}" for value in (one.behind_at_third, one.behind_at_end)]
        for name, one in steps.items()
    ]


def _beside(router: Sequence[Load], streams: Sequence[Load]) -> list[list[str]]:
    figures: dict[str, Callable[[Load, str], float]] = {
        "% of a core": Load.percent,
        "ms of a core a complaint": Load.each_ms,
        "the broker's % of a core": lambda load, _: load.percent(BROKER),
        "accepted to routed, p50, ms": lambda load, _: load.seen.age_ms(COMPLAINTS_ROUTED.name, 0.5),
        "accepted to routed, p99, ms": lambda load, _: load.seen.age_ms(COMPLAINTS_ROUTED.name, 0.99),
    }
    sides = ((ROUTER.name, router), (STREAMS, streams))
    return [
        [name, *(spread([figure(load, process) for load in of], "{:.1f}") for process, of in sides)]
        for name, figure in figures.items()
    ]
