"""``redress simulate``: a believable contact centre, as lines for POST /v1/bulk."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

ZONE = ZoneInfo("Asia/Shanghai")
"""Where the simulated contact centre's day begins."""
EARLIEST, LATEST = datetime(1971, 1, 1), datetime(2180, 1, 1)
"""Between these, ten years of complaints and what becomes of them lie where intake takes an instant: 1970 to 2199."""


class FirstDay(click.DateTime):
    """A date that leaves all that is simulated after it within what intake takes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Click tells the user what is wrong with it."""
        day: datetime = super().convert(value, param, ctx)
        if not EARLIEST <= day <= LATEST:
            self.fail(f"write a day from {EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}", param, ctx)
        return day


@click.command()
@click.option("--complaints", type=click.IntRange(min=1), required=True, help="How many complaints.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same lines.")
@click.option("--days", type=click.IntRange(min=1, max=3_660), default=7, show_default=True, help="Over how many days.")
@click.option(
    "--start",
    type=FirstDay(["%Y-%m-%d"]),
    default="2026-01-05",
    show_default=True,
    help=f"The first day, in {ZONE}; a Monday shows the week's shape best.",
)
def simulate(complaints: int, seed: int, days: int, start: datetime) -> None:
    """Print NDJSON of a contact centre: complaints in three scripts, and what becomes of them.

    \b
    Each line fits POST /v1/bulk:
      redress simulate --complaints 100 |
        curl -H content-type:application/x-ndjson -T - -X POST http://127.0.0.1:8080/v1/bulk
    """
    from redress.simulate.contact_centre import simulate_contact_centre

    for line in simulate_contact_centre(complaints, seed, days, start.replace(tzinfo=ZONE)):
        click.echo(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
