"""``redress replay``: a log of another system, as events in stream time."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from redress.broker.address import settings_with_broker
from redress.reading import StandsStill
from redress.replay.conversion import ConvertedLog, convert_log
from redress.replay.mapping import ReplayMapping
from redress.replay.publish import Published, publish
from redress.replay.report import ReplayReport, hash_ids, read_report
from redress.replay.rows import ReplayError, read_rows
from redress.replay.stream_time import add_full_hours
from services.config.yaml_files import load
from services.runtime.settings import RuntimeSettings

SHIPPED_MAPPINGS = Path(__file__).parent.parent / "mappings"
UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class Horizon(click.ParamType):
    """A number of hours, days or weeks, such as 90d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The text as a timedelta; click tells the user what is wrong with it."""
        if isinstance(value, timedelta):
            return value
        written = re.fullmatch(r"(\d{1,6})([hdw])", str(value))
        if not written:
            self.fail(f"{value!r} is no horizon; write hours, days or weeks such as 12h, 90d, 8w", param, ctx)
        return timedelta(**{UNITS[written[2]]: int(written[1])})


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    "mapping_name",
    required=True,
    help="The mapping's file, or the name of a shipped one: "
    + ", ".join(sorted(path.stem for path in SHIPPED_MAPPINGS.glob("*.yaml"))),
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Stream seconds for each second of the wall clock. [default: as fast as the broker takes them]",
)
@click.option(
    "--horizon",
    type=Horizon(),
    default="90d",
    show_default=True,
    help="How far time runs on after the last event.",
)
@click.option(
    "--report",
    is_flag=True,
    help="Wait until the services have read it all; add what they concluded, beside the log's own verdict.",
)
def replay(file: Path, mapping_name: str, speed: float | None, horizon: timedelta, *, report: bool) -> None:
    """Publish the history in FILE as events in stream time, then let time run on to the horizon.

    The result is JSON on stdout: complaints, events per type, and each rejected row with its line and reason.
    """
    if RuntimeSettings().time != "stream":
        raise click.UsageError(
            "this deployment runs in wall time, and history would be judged by today's clock; "
            "set REDRESS_TIME=stream for the services and for this command"
        )
    path = _find_mapping(mapping_name)
    log = _read_log(file, path)
    settings = settings_with_broker()
    _say(f"publishing {len(log.events)} events; {len(log.rejected)} rows are rejected")
    try:
        published = asyncio.run(publish(add_full_hours(log.events, horizon, datetime.now(UTC)), settings, speed))
        concluded = asyncio.run(read_report(log, settings, _say)) if report else None
    except (ReplayError, StandsStill) as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(_describe(log, published, concluded), indent=2))
    if log.rejected:
        _say(f"{len(log.rejected)} rows were rejected; the result lists each with its line")


def _read_log(file: Path, mapping_file: Path) -> ConvertedLog:
    now = datetime.now(UTC)
    mapping = load(mapping_file, ReplayMapping)
    try:
        rows, unreadable = read_rows(file, mapping, until=now)
    except ReplayError as error:
        raise click.UsageError(str(error)) from None
    log = convert_log(rows, mapping, mapping_file.stem, recorded_at=now)
    return replace(log, rejected=sorted(unreadable + log.rejected, key=lambda row: row.line))


def _say(message: str) -> None:
    click.echo(message, err=True)


def _find_mapping(name: str) -> Path:
    shipped = SHIPPED_MAPPINGS / f"{name}.yaml"
    return shipped if shipped.is_file() else Path(name)


def _describe(log: ConvertedLog, published: Published, concluded: ReplayReport | None) -> dict[str, Any]:
    return {
        "complaints": len({event.complaint_id for event in log.events}),
        "events": log.counts,
        "event_ids_sha1": hash_ids(event.event_id for event in log.events),
        "clock_records": published.clock_records,
        "time_ran_to": published.time.isoformat() if published.time else None,
        "rejected": [{"line": row.line, "reason": row.reason} for row in log.rejected],
        **({"concluded": concluded.as_json()} if concluded else {}),
    }
