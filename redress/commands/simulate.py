"""``redress simulate``: a believable contact centre, as lines for POST /v1/bulk."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import click

ZONE = ZoneInfo("Asia/Shanghai")
"""Where the simulated contact centre's day begins."""


@click.command()
@click.option("--complaints", type=click.IntRange(min=1), required=True, help="How many complaints.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same lines.")
@click.option("--days", type=click.IntRange(min=1, max=3_660), default=7, show_default=True, help="Over how many days.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
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
