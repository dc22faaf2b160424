"""``python -m chaos``: seeds in; their schedules, what happened and the verdicts on the screen; exit 1 if any fails."""

from __future__ import annotations

import asyncio
import logging
import shutil
from datetime import datetime
from pathlib import Path

import click

from chaos.report import page
from chaos.run import Result, run
from chaos.schedule import schedule
from chaos.system_under_test import PROCESSES

SEEDS = (1, 2, 3, 4, 5, 6, 7)
SECONDS = 90.0


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, default=SEEDS, help="May be given several times.")
@click.option("--seconds", type=float, default=SECONDS, show_default=True, help="How long faults come, for each seed.")
@click.option("--home", type=click.Path(path_type=Path), default=Path(".redress/chaos"), show_default=True)
@click.option("--report", type=click.Path(path_type=Path), help="Write a page about the runs to this file.")
def main(seeds: tuple[int, ...], seconds: float, home: Path, report: Path | None) -> None:
    """Break a deployment on three brokers on purpose, and count what was lost or doubled."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it complains, as it should
    results: list[Result] = []
    for seed in seeds:
        faults = schedule(seed, seconds, list(PROCESSES))
        click.echo(f"seed {seed}, {seconds:g} s:")
        for fault in faults:
            click.echo(f"  {fault}")
        place = home / f"seed-{seed}"
        click.echo(f"what the processes print goes to {place}/processes.log")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        result = asyncio.run(run(seed, seconds, faults, place, _tell))
        results.append(result)
        _show(result)
        if result.verdict.violations:
            raise click.ClickException(f"with seed {seed} a promise was broken; all is left in {place}")
        shutil.rmtree(place)
    if report is not None:
        report.write_text(page(results, seconds), encoding="utf-8")


def _show(result: Result) -> None:
    for what, times in sorted(result.faults.items()):
        click.echo(f"  {what}: {times}")
    click.echo(f"  processes started again: {result.restarts}")
    for subject, count in sorted(result.verdict.counts.items()):
        click.echo(f"  {subject}: {count}")
    click.echo(f"  alerts after their deadline: {result.verdict.lateness}")
    click.echo(f"  violations: {len(result.verdict.violations)}")
    for violation in result.verdict.violations:
        click.echo(f"    {violation}")


def _tell(line: str) -> None:
    click.echo(f"  {datetime.now():%H:%M:%S} {line}")


if __name__ == "__main__":
    main()
