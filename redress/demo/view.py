"""From a snapshot of the demo to what a terminal shows of it, or to one plain line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from redress.demo.check import CheckResult
from redress.demo.scenario import CLOCKS

BAR_WIDTH = 12
"""As much as an 80 column terminal leaves."""


@dataclass(frozen=True)
class Snapshot:
    """The demo at one instant. Complaints by queue, alerts and open clocks by clock, lag by service."""

    phase: str
    seconds: float
    complaints: int
    events: int
    per_second: float
    routed: Mapping[str, int]
    waiting: Mapping[str, int]
    open_clocks: Mapping[str, int]
    warnings: Mapping[str, int]
    breaches: Mapping[str, int]
    surveys: int
    answers: int
    satisfied: int
    lag: Mapping[str, int]


def render_screen(now: Snapshot, title: str) -> RenderableType:
    """The live view."""
    grid = Table.grid(padding=(0, 4))
    grid.add_row(_render_accepted(now), _render_queues(now))
    grid.add_row("", "")
    grid.add_row(_render_satisfaction(now), _render_deadlines(now))
    stage = Text(f"{_format_seconds(now.seconds)}  {now.phase}", style="bold")
    return Panel(Group(stage, Text(), grid), title=title, title_align="left", expand=False)


def render_line(now: Snapshot) -> str:
    """The same in one line, for an output that is not a terminal."""
    return (
        f"{_format_seconds(now.seconds)} {now.phase}: {now.complaints} complaints and {now.events} events accepted "
        f"({now.per_second:.0f}/s), {sum(now.routed.values())} routed, "
        f"{sum(now.open_clocks.values())} clocks open, {sum(now.warnings.values())} warnings, "
        f"{sum(now.breaches.values())} breaches, {now.answers} surveys answered, {_format_share(now)} satisfied, "
        f"lag {sum(now.lag.values())}"
    )


def render_summary(results: Iterable[CheckResult]) -> Table:
    """What was expected beside what was found."""
    table = Table("", "checked", "sent or implied", "found", box=None, header_style="bold", pad_edge=False)
    table.columns[2].justify = table.columns[3].justify = "right"
    for result in results:
        mark = Text("✓", style="green") if result.agrees else Text("✗", style="bold red")
        table.add_row(mark, result.subject, result.expected, result.found)
        if result.detail:
            table.add_row("", Text(result.detail, style="red"))
    return table


def _render_accepted(now: Snapshot) -> Table:
    table = _make_table("accepted by intake", "")
    table.add_row("complaints", f"{now.complaints:,}")
    table.add_row("events and answers", f"{now.events:,}")
    table.add_row("a second", f"{now.per_second:,.0f}")
    for service, lag in now.lag.items():
        table.add_row(f"lag of {service}", f"{lag:,}")
    return table


def _render_queues(now: Snapshot) -> Table:
    table = _make_table("queue", "routed", "waiting")
    table.add_column("")
    most = max(now.routed.values(), default=1)
    for queue, complaints in sorted(now.routed.items()):
        bar = Bar(most, 0, complaints, width=BAR_WIDTH, color="cyan")
        table.add_row(queue, f"{complaints:,}", f"{now.waiting.get(queue, 0):,}", bar)
    return table


def _render_deadlines(now: Snapshot) -> Table:
    table = _make_table("clock", "open", "warnings", "breaches")
    for clock in CLOCKS:
        breaches = now.breaches.get(clock, 0)
        table.add_row(
            clock,
            f"{now.open_clocks.get(clock, 0):,}",
            Text(f"{now.warnings.get(clock, 0):,}", style="yellow"),
            Text(f"{breaches:,}", style="bold red" if breaches else ""),
        )
    return table


def _render_satisfaction(now: Snapshot) -> Table:
    table = _make_table("satisfaction", "")
    table.add_row("surveys requested", f"{now.surveys:,}")
    table.add_row("answered", f"{now.answers:,}")
    table.add_row("satisfied (4 or 5)", Text(_format_share(now), style="green"))
    return table


def _make_table(*headers: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for number, header in enumerate(headers):
        table.add_column(header, justify="right" if number else "left", no_wrap=True)
    return table


def _format_share(now: Snapshot) -> str:
    return f"{now.satisfied / now.answers:.1%}" if now.answers else "none yet"


def _format_seconds(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
