"""What a tick of sla_monitor costs when much falls due at once: from the source, and from the wheel for production."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from itertools import product
from pathlib import Path

from bench.due_ticks import AT_ONCE, DUE, Ticks
from bench.open_complaints import SHARES
from bench.plan import Plan, console
from bench.plots import plot
from bench.spread import number, spread, table, within
from bench.wheel import installed_wheel, module_path

NOTHING, WARNINGS, BREACHES = "nothing due, ms", f"{DUE:,} warnings due, ms", f"{DUE:,} breaches due, ms"
MEASURES = {f"{AT_ONCE:,} complaints read, ms": "{:.0f}", NOTHING: "{:.3f}", WARNINGS: "{:.0f}", BREACHES: "{:.0f}"}
"""With their forms, in the order of Ticks."""
TARGET_MS = 50.0
SOURCE, WHEEL = "the source", "the wheel"

Row = dict[str, list[float]]


def run(plan: Plan) -> str:
    """This section's part of the page."""
    paths = {SOURCE: module_path(), WHEEL: module_path(installed_wheel(plan.home / "wheel"))}
    rows: dict[tuple[int, str], Row] = {}
    for count, (of, path) in product([int(plan.complaints * share) for share in SHARES], paths.items()):
        ticks = _measured(plan, path, count)
        rows[count, of] = {name: [one * 1000 for one in kind] for name, kind in zip(MEASURES, ticks, strict=True)}
        console.print(f"{count:,} open, {of}: {', '.join(_figures(rows[count, of]))}")
    curves: dict[str, dict[float, list[float]]] = defaultdict(dict)
    for (count, of), row in rows.items():
        for name in (WARNINGS, BREACHES):
            curves[f"{name.removesuffix(', ms')}, {of}"][count] = row[name]
    plot(plan.plots / "ticks.svg", curves, x="open complaints", y="ms", logarithmic=True)
    return _part(plan, rows)


def _measured(plan: Plan, path: Mapping[str, str], count: int) -> Ticks:
    """The ticks of a process that finds its modules along ``path``."""
    environment = {**plan.bench({}).environment, **path}
    command = [sys.executable, "-m", "bench.due_ticks", str(count)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return Ticks(**json.loads(done.stdout.splitlines()[-1]))


def _figures(row: Row) -> list[str]:
    return [spread(row[name], form) for name, form in MEASURES.items()]


def _part(plan: Plan, rows: dict[tuple[int, str], Row]) -> str:
    most = rows[max(rows)[0], WHEEL]
    figures = [[number(count), of, *_figures(row)] for (count, of), row in rows.items()]
    return f"""\
## Ticks

One partition with open complaints in a process without Kafka. The service's own stage finds what is due, decides, and
encodes its output with headers into a list. A warning is one record, a breach is two: the alert, and the complaint's
clocks. Before that, complaints are read in record batches of {AT_ONCE:,}. Each is measured from the source, as
`make setup` installs it, and from the [wheel for production](runtime.md#the-wheel-for-production).

{table(["open complaints", "from", *MEASURES], figures)}

Target: {DUE:,} due among {max(rows)[0]:,} within {TARGET_MS:g} ms from the wheel; reached: \
{within(most[WARNINGS], TARGET_MS)} for warnings, {within(most[BREACHES], TARGET_MS)} for breaches.

![ticks]({Path(plan.plots.name) / "ticks.svg"})
"""
