"""From a snapshot of the demo to what a terminal shows of it, or to one plain line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rich.bar import Bar
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from redress.demo.check import Finding
from redress.demo.figures import Figures
from redress.demo.scenario import CLOCKS

BAR_WIDTH = 24


@dataclass(frozen=True)
class Snapshot:
    """The demo at one instant. Complaints by queue and alerts by clock; ``satisfied`` of ``answers`` with a score."""

    phase: str
    seconds: float
    complaints: int
    events: int
    per_second: float
    routed: Mapping[str, int]
    waiting: Mapping[str, int]
    warnings: Mapping[str, int]
    breaches: Mapping[str, int]
    surveys: int
    answers: int
    satisfied: int
    figures: Figures = field(default_factory=Figures)


def screen(now: Snapshot, title: str) -> RenderableType:
    """The live view."""
    return Panel(
        Group(
            Text(f"{now.phase}   {_clock(now.seconds)}", style="bold"),
            Columns([_flow(now), _queues(now)], padding=(0, 4)),
            Columns([_deadlines(now), _satisfaction(now)], padding=(0, 4)),
        ),
        title=title,
        title_align="left",
    )


def line(now: Snapshot) -> str:
    """The same in a line, for what is no terminal."""
    lag = sum(now.figures.lag.values())
    return (
        f"{_clock(now.seconds)} {now.phase}: {now.complaints} complaints and {now.events} events accepted "
        f"({now.per_second:.0f}/s), {sum(now.routed.values())} routed, "
        f"{sum(now.figures.open_clocks.values())} clocks open, {sum(now.warnings.values())} warnings, "
        f"{sum(now.breaches.values())} breaches, {now.answers} surveys answered, {_share(now)} satisfied, lag {lag}"
    )


def summary(findings: Iterable[Finding]) -> Table:
    """What was expected beside what was found."""
    table = Table("", "checked", "sent or implied", "found", box=None, header_style="bold", pad_edge=False)
    table.columns[2].justify = table.columns[3].justify = "right"
    for finding in findings:
        mark = Text("✓", style="green") if finding.agrees else Text("✗", style="bold red")
        table.add_row(mark, finding.subject, finding.expected, finding.found)
        if finding.detail:
            table.add_row("", Text(finding.detail, style="red"))
    return table


def _flow(now: Snapshot) -> RenderableType:
    table = _table("accepted by intake", "")
    table.add_row("complaints", f"{now.complaints:,}")
    table.add_row("lifecycle events and answers", f"{now.events:,}")
    table.add_row("events a second", f"{now.per_second:,.0f}")
    for service, lag in now.figures.lag.items():
        table.add_row(f"lag of {service}", f"{lag:,}")
    return table


def _queues(now: Snapshot) -> RenderableType:
    table = _table("routed to queue", "complaints", "waiting")
    table.add_column("")
    most = max(now.routed.values(), default=1)
    for queue, complaints in sorted(now.routed.items(), key=lambda item: -item[1]):
        waiting = now.waiting.get(queue, 0)
        table.add_row(queue, f"{complaints:,}", f"{waiting:,}", Bar(most, 0, complaints, width=BAR_WIDTH))
    return table


def _deadlines(now: Snapshot) -> RenderableType:
    table = _table("deadlines", "open", "warnings", "breaches")
    for clock in CLOCKS:
        breaches = now.breaches.get(clock, 0)
        table.add_row(
            clock,
            f"{now.figures.open_clocks.get(clock, 0):,}",
            Text(f"{now.warnings.get(clock, 0):,}", style="yellow"),
            Text(f"{breaches:,}", style="bold red" if breaches else ""),
        )
    return table


def _satisfaction(now: Snapshot) -> RenderableType:
    table = _table("satisfaction", "")
    table.add_column("")
    table.add_row("surveys requested", f"{now.surveys:,}", "")
    table.add_row("answered with a score", f"{now.answers:,}", "")
    bar = Bar(1.0, 0.0, now.satisfied / now.answers, width=BAR_WIDTH, color="green") if now.answers else ""
    table.add_row("satisfied (4 or 5 of 5)", _share(now), bar)
    return table


def _table(*headers: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for number, header in enumerate(headers):
        table.add_column(header, justify="left" if number == 0 else "right", min_width=9 if number else 28)
    return table


def _share(now: Snapshot) -> str:
    return f"{now.satisfied / now.answers:.1%}" if now.answers else "none yet"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
