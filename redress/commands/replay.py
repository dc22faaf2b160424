"""``redress replay``: a log of another system, as events in stream time."""

from __future__ import annotations

import asyncio
import json
import math
import re
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
from redress.replay.stream_time import advance_time
from services.config.yaml_files import load
from services.runtime.settings import RuntimeSettings

SHIPPED_MAPPINGS = Path(__file__).parent.parent / "mappings"
MOST_LISTED = 100
"""Rejected rows in the result; all are counted."""
UNITS = {"h": "hours", "d": "days", "w": "weeks"}
LONGEST_HORIZON = timedelta(days=36_525)


class Speed(click.FloatRange):
    """A number above 0 that is finite, which a range alone does not ask of nan and inf."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; click tells the user what is wrong with it."""
        speed = float(super().convert(value, param, ctx))
        if not math.isfinite(speed):
            self.fail(
                f"{value!r} is no speed; write how many stream seconds pass in a second, such as 3600", param, ctx
            )
        return speed


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
        horizon = timedelta(**{UNITS[written[2]]: int(written[1])})
        if horizon > LONGEST_HORIZON:
            self.fail(f"{value!r} is longer than a hundred years; write a shorter horizon", param, ctx)
        return horizon


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
    type=Speed(),
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
    "--id-prefix",
    default="",
    help="Comes before every complaint's name in FILE: for logs whose numbers begin again in each file.",
)
@click.option("--strict", is_flag=True, help="Publish nothing if a row is rejected.")
@click.option(
    "--report",
    is_flag=True,
    help="Wait until the services have read it all; add what they concluded, beside the log's own verdict.",
)
def replay(
    file: Path,
    mapping_name: str,
    speed: float | None,
    horizon: timedelta,
    id_prefix: str,
    *,
    strict: bool,
    report: bool,
) -> None:
    """Publish the history in FILE as events in stream time, then let time run on to the horizon.

    The result is JSON on stdout: complaints, events per type, and rejected rows with line and reason. If a row is
    rejected, the exit code is 1.
    """
    if RuntimeSettings().time != "stream":
        raise click.UsageError(
            "this deployment runs in wall time, and history would be judged by today's clock; "
            "set REDRESS_TIME=stream for the services and for this command"
        )
    log = _read_log(file, _find_mapping(mapping_name), id_prefix)
    published, concluded = Published(), None
    faults = []
    if log.rejected:
        faults.append(
            f"{len(log.rejected)} rows are rejected, {'nothing is' if strict else 'the others are'} published; the "
            "result lists rejected rows with line and reason"
        )
    if not (strict and faults):
        settings = settings_with_broker()
        _say(f"publishing {len(log.events)} events")
        try:
            published = asyncio.run(publish(advance_time(log.events, horizon, datetime.now(UTC)), settings, speed))
        except ReplayError as error:
            raise click.ClickException(str(error)) from None
        if report:
            try:
                concluded = asyncio.run(read_report(log, settings, _say))
            except StandsStill as error:
                faults.append(str(error))
    click.echo(json.dumps(_describe(log, published, concluded), indent=2))
    if faults:
        raise click.ClickException("\n".join(faults))


def _read_log(file: Path, mapping_file: Path, id_prefix: str) -> ConvertedLog:
    now = datetime.now(UTC)
    mapping = load(mapping_file, ReplayMapping)
    try:
        rows = read_rows(file, mapping, until=now, id_prefix=id_prefix)
    except ReplayError as error:
        raise click.UsageError(str(error)) from None
    if rows.runs_backwards:
        order = str(mapping.file.newest_first).lower()
        _say(
            f"warning: the rows of {file} run against `newest_first: {order}` in the mapping, which decides how rows "
            "with one instant follow each other; change it unless these are in the right order"
        )
    return convert_log(rows, mapping, mapping_file.stem, recorded_at=now)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _find_mapping(name: str) -> Path:
    shipped = SHIPPED_MAPPINGS / f"{name}.yaml"
    return shipped if shipped.is_file() else Path(name)


def _describe(log: ConvertedLog, published: Published, concluded: ReplayReport | None) -> dict[str, Any]:
    return {
        "rows": {
            "with_events": log.rows_with_events,
            "without_events": log.rows_without_events,
            "rejected": len(log.rejected),
        },
        "complaints": len({event.complaint_id for event in log.events}),
        "events": log.counts,
        "event_ids_sha1": hash_ids(event.event_id for event in log.events),
        "published": published.events,
        "clock_records": published.clock_records,
        "time_ran_to": published.time.isoformat() if published.time else None,
        "rejected": [{"line": row.line, "reason": row.reason} for row in log.rejected[:MOST_LISTED]],
        **({"concluded": concluded.as_json()} if concluded else {}),
    }
