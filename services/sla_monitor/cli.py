"""``redress sla``: ask the very functions that the SLA monitor uses; no broker is needed."""

from __future__ import annotations

from pathlib import Path

import click

from services.config.ndjson import numbered_lines
from services.config.yaml_files import load
from services.sla_monitor.review.commands import explain, pauses, what_if
from services.worktime.calendar import Calendar
from services.worktime.calendar_file import CalendarFile
from services.worktime.questions import answered


@click.group()
def sla() -> None:
    """Deadlines: ask a calendar, and ask what the monitor makes of recorded events."""


sla.add_command(explain)
sla.add_command(what_if)
sla.add_command(pauses)


BLANK = b'{"error": "this line is blank"}\n'
"""So that answers stay in line with questions; after the last question there is nothing to answer."""
DUE_HELP = """Answer questions, a line of JSON each, with a line each.

\b
{"start": "2026-11-02T17:30:00+08:00", "target": "4h"}                        gives  {"due_at": ...}
{"start": "2026-11-02T17:30:00+08:00", "end": "2026-11-03T10:00:00+08:00"}    gives  {"working_seconds": ...}

A line that is no question gives {"error": ...} in its place. Targets are 90s, 15m, 4h of
working time, 3bd (working days), 15d (the same time so many days later) and 30cd (calendar days).
"""


@sla.command(help=DUE_HELP)
@click.option(
    "--calendar",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The calendar's file, such as calendars/shanghai.yaml.",
)
def due(file: Path) -> None:
    """Answer questions to a calendar."""
    calendar = Calendar(file.stem, load(file, CalendarFile))
    answers = click.get_binary_stream("stdout")
    last = 0
    for number, line in numbered_lines(click.get_binary_stream("stdin")):
        answers.write(BLANK * (number - last - 1) + answered(line, calendar) + b"\n")
        last = number
