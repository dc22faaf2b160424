"""The router's rate as workers, partitions and texts grow: sections that measure the same job at several points."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bench.cluster import Digests
from bench.measure import measure
from bench.peers import BARE, REDRESS
from bench.plan import Plan, console
from bench.plots import Curve, plot
from bench.running import Bench
from bench.spread import number, spread, table
from bench.throughput import noted
from bench.workload import Complaint, complaints

WORKERS = (1, 2)
PARTITIONS = (1, 4, 16)
TEXT_BYTES = (200, 2_000, 20_000)
SHARE = 1 / 3
"""Of the throughput section's complaints. With texts of 20 KB a third of that again, for the disk's sake."""
MORE = 3 / 2
"""Of them for the section on partitions.

The first transactions on 160 new topic partitions take the broker seconds, in which it makes their files; a run that is
not much longer measures those."""


def workers(plan: Plan) -> str:
    """The router's rate with one worker and with two."""
    plan = plan.with_share(SHARE)
    bench = _filled(plan, complaints(plan.complaints), partitions=max(PARTITIONS[:2]))
    curve: dict[float, list[float]] = defaultdict(list)
    for _ in range(plan.rounds):
        for count in random.sample(WORKERS, len(WORKERS)):
            curve[count] += measure(bench, REDRESS, count).values()
            console.print(f"{count} workers: {curve[count][-1]:,.0f} complaints/s")
    plot(plan.plots / "workers.svg", {REDRESS.name: curve}, x="workers", y="complaints/s")
    return f"""\
## Workers

{plan.complaints:,} complaints in {PARTITIONS[1]} partitions. Two workers share the machine's cores with the broker \
and the observer,
so this shows what a second worker gains on this machine, not what it would gain on a machine of its own.

{_rows("workers", {REDRESS.name: curve})}

![complaints/s by workers]({_link(plan, "workers.svg")})
"""


def partitions(plan: Plan) -> str:
    """The router's rate with one worker on ever more partitions."""
    plan = plan.with_share(MORE)
    same = list(complaints(plan.complaints))
    curve: dict[float, list[float]] = defaultdict(list)
    for _ in range(plan.rounds):
        for count in random.sample(PARTITIONS, len(PARTITIONS)):
            curve[count] += measure(_filled(plan, same, partitions=count), REDRESS).values()
            console.print(f"{count} partitions: {curve[count][-1]:,.0f} complaints/s")
    plot(plan.plots / "partitions.svg", {REDRESS.name: curve}, x="partitions", y="complaints/s")
    return f"""\
## Partitions

{plan.complaints:,} complaints and one worker, which has a task with its tables per partition.

{_rows("partitions", {REDRESS.name: curve})}

![complaints/s by partitions]({_link(plan, "partitions.svg")})
"""


def payload(plan: Plan) -> str:
    """The rates of the router and of the bare loop as texts get longer."""
    plan = plan.with_share(SHARE)
    peers = (BARE, REDRESS)
    curves: dict[str, dict[float, list[float]]] = {peer.name: defaultdict(list) for peer in peers}
    for text in TEXT_BYTES:
        count = plan.complaints // 3 if text == max(TEXT_BYTES) else plan.complaints
        bench = _filled(plan, complaints(count, text=text), partitions=PARTITIONS[1])
        for _ in range(plan.rounds):
            for peer in random.sample(peers, len(peers)):
                curves[peer.name][text / 1_000] += measure(bench, peer).values()
                console.print(f"{text} bytes: {peer.name}: {curves[peer.name][text / 1_000][-1]:,.0f} complaints/s")
    plot(plan.plots / "payload.svg", curves, x="text of a complaint, KB", y="complaints/s", logarithmic=True)
    return f"""\
## Payload

{plan.complaints:,} complaints by the length of their text (a third as many with the longest). The text is read and
validated, and no output contains it.

{_rows("KB of text", curves)}

![complaints/s by the length of the text]({_link(plan, "payload.svg")})
"""


def _filled(plan: Plan, records: Iterable[Complaint], partitions: int) -> Bench:
    expected: Digests = {}
    bench = plan.bench(expected, partitions=partitions)
    bench.cluster.clear()
    bench.cluster.fill(noted(records, expected))
    return bench


def _rows(what: str, curves: dict[str, Curve] | dict[str, dict[float, list[float]]]) -> str:
    points = sorted({point for curve in curves.values() for point in curve})
    rows = [[number(point), *(spread(curve[point]) for curve in curves.values())] for point in points]
    return table([what, *(f"{name}, complaints/s" for name in curves)], rows)


def _link(plan: Plan, plot: str) -> Path:
    return Path(plan.plots.name) / plot
