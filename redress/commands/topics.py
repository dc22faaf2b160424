"""`redress topics`: makes and checks the deployment's topics; NDJSON, a topic a line, out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import click

from redress.broker.address import settings_with_broker
from redress.topics import Report, apply_topics
from redress.topics.cluster import existing_topics
from redress.topics.declared import declared_topics
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings


@click.group()
def topics() -> None:
    """Create, verify and list topics."""


@topics.command()
@click.option("--fix", is_flag=True, help="Set differing settings right. Partition counts never change.")
def apply(*, fix: bool) -> None:
    """Create missing topics; report, and with --fix repair, those that differ. Exit 1 while any differs."""
    report = asyncio.run(apply_topics(settings_with_broker(), fix=fix))
    _print_report(report)
    if not report.agrees:
        _explain(report)
        raise click.exceptions.Exit(1)


@topics.command("list")
def list_() -> None:
    """Each declared topic with its settings, and whether the cluster has it."""
    settings = settings_with_broker()
    declared = declared_topics(settings)
    existing = asyncio.run(_existing(settings, [topic.name for topic in declared]))
    for topic in declared:
        found = existing.get(topic.name)
        line = {**asdict(topic), "exists": found is not None}
        click.echo(json.dumps(line))


async def _existing(settings: RuntimeSettings, names: list[str]) -> dict[str, object]:
    async with Kafka(settings).admin() as admin:
        return dict(await existing_topics(admin, names))


def _print_report(report: Report) -> None:
    outcomes = {"created": report.created, "fixed": report.fixed, "unchanged": report.unchanged}
    for outcome, names in outcomes.items():
        for name in names:
            click.echo(json.dumps({"topic": name, "outcome": outcome}))
    for row in report.differences:
        click.echo(json.dumps({**asdict(row), "outcome": "differs"}))


def _explain(report: Report) -> None:
    click.echo(f"{len(report.differences)} settings differ from what is declared.", err=True)
    if any(row.is_fixable for row in report.differences):
        click.echo("`redress topics apply --fix` sets them right.", err=True)
    if not all(row.is_fixable for row in report.differences):
        click.echo(
            "A partition count is never changed, since keys would move: set REDRESS_PARTITIONS to the count that "
            "the topics have, or make new topics in another cluster and replay.",
            err=True,
        )
