"""``redress sla explain``, ``what-if`` and ``pauses``: recorded events in, what the monitor makes of them out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from pydantic import TypeAdapter

from schemas.codec import DecodeError
from schemas.ids import is_test_id
from schemas.instants import ExternalInstant
from services.config.ndjson import numbered_lines
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.review import explanation
from services.sla_monitor.review.comparison import Comparison
from services.sla_monitor.review.pause_counts import PauseCounts
from services.sla_monitor.review.recorded_events import Conclusion, RecordedEvents
from services.sla_monitor.settings import load_policy_book
from services.worktime.instants import microseconds, text

EXTERNAL_INSTANT: TypeAdapter[datetime] = TypeAdapter(ExternalInstant)
FILE = click.Path(dir_okay=False, path_type=Path)


class Now(click.ParamType):
    """An instant in RFC 3339, such as 2026-11-02T17:30:00+08:00, as microseconds since 1970."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Click tells the user what is wrong with it."""
        if isinstance(value, int):
            return value
        try:
            return microseconds(EXTERNAL_INSTANT.validate_json(json.dumps(value)))
        except ValueError:
            self.fail(
                f"{value!r} is no instant from 1970 to 2200; write one with its offset, as 2026-11-02T17:30:00+08:00",
                param,
                ctx,
            )


policies_option = click.option(
    "--policies", required=True, type=FILE, help="The policies' file; its calendars are in calendars/ beside it."
)
now_option = click.option(
    "--now",
    type=Now(),
    default=lambda: microseconds(datetime.now(UTC)),
    help="Answer as of this instant, and leave out what occurred after it. [default: the current time]",
)


@click.command()
@policies_option
@now_option
@click.pass_context
def explain(context: click.Context, policies: Path, now: int) -> None:
    """Show how each clock came to stand as it does, second by second.

    Events on stdin, a line of JSON each: lifecycle events and complaint_routed, in any order, also repeated. A line of
    JSON on stdout for each complaint, clock and cycle, with intervals that were counted, paused or closed. A line that
    is no event is named on stderr; the others are answered, and the exit code is 1. So it is when a deadline lies
    beyond the years of its calendar: that clock has an error in place of its state.
    """
    book = load_policy_book(policies)
    events, faults = _read(click.get_binary_stream("stdin"), now)
    for conclusion in events.conclude(book):
        _print(explanation.explain(conclusion, now))
        faults += _tell_beyond_years(conclusion)
    context.exit(1 if faults else 0)


@click.command(name="what-if")
@policies_option
@click.option("--candidate", required=True, type=FILE, help="The policies to compare with, over their own calendars.")
@click.option("--history", "recorded", required=True, type=click.File("rb"), help="Events, a line of JSON each.")
@now_option
@click.option("--ndjson", is_flag=True, help="A line for each complaint and clock whose outcome differs, and no sums.")
@click.pass_context
def what_if(
    context: click.Context, policies: Path, candidate: Path, recorded: BinaryIO, now: int, *, ndjson: bool
) -> None:
    """Compare policies: who would have breached under which.

    The answer is JSON on stdout: the versions compared; complaints with a breach per clock, under each, under both and
    under one alone; and the share of decided cycles that were met, overall and by queue, category and ISO week. Lines
    that are no events, and deadlines beyond the years of their calendar, are named as by explain.
    """
    current_book, candidate_book = load_policy_book(policies), load_policy_book(candidate)
    events, faults = _read(recorded, now)
    comparison = Comparison()
    both = zip(events.conclude(current_book), events.conclude(candidate_book), strict=True)
    for under_current, under_candidate in both:
        if is_test_id(under_current.complaint_id):
            continue
        differences = comparison.add(under_current, under_candidate)
        faults += _tell_beyond_years(under_current) + _tell_beyond_years(under_candidate)
        if ndjson:
            _print(differences)
    if not ndjson:
        named = {"now": text(now), "current": _versions(current_book), "candidate": _versions(candidate_book)}
        click.echo(json.dumps(named | comparison.as_json(), ensure_ascii=False, indent=2))
    context.exit(1 if faults else 0)


@click.command()
@policies_option
@now_option
@click.pass_context
def pauses(context: click.Context, policies: Path, now: int) -> None:
    """Count pauses: who and where, for how long, how late.

    Events on stdin as for explain. A line of JSON on stdout for each agent and clock, and for each queue and clock.
    """
    book = load_policy_book(policies)
    events, faults = _read(click.get_binary_stream("stdin"), now)
    counts = PauseCounts(now)
    for conclusion in events.conclude(book):
        if is_test_id(conclusion.complaint_id):
            continue
        counts.add(conclusion)
        faults += _tell_beyond_years(conclusion)
    _print(counts.rows())
    context.exit(1 if faults else 0)


def _versions(book: PolicyBook) -> dict[str, Any]:
    """What the answers under a book depend on."""
    return {
        "policy_version": book.version,
        "calendar_versions": sorted(calendar.version for calendar in book.calendars),
    }


def _read(lines: Iterable[bytes], now: int) -> tuple[RecordedEvents, int]:
    """The events in ``lines``, and how many of them are no event."""
    events, faults = RecordedEvents(now), 0
    for number, line in numbered_lines(lines):
        try:
            events.read(line)
        except DecodeError as error:
            faults += 1
            click.echo(f"line {number}: {error}", err=True)
    unknown = events.unknown()
    if unknown:
        click.echo(
            "complaints without clocks, as nothing says by then that they were received: "
            f"{len(unknown)}; the first is {unknown[0]}",
            err=True,
        )
    return events, faults


def _tell_beyond_years(conclusion: Conclusion) -> int:
    """Name the clocks of a complaint that could not be assessed; how many they are."""
    for cycle, error in conclusion.beyond_years:
        click.echo(f"complaint {conclusion.complaint_id}, {cycle.clock.name}: {error}", err=True)
    return len(conclusion.beyond_years)


def _print(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False))
