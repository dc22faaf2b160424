"""`redress offsets`: where each group stands in what it reads, and how it is set elsewhere on purpose."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any, Literal

import click
from aiokafka import TopicPartition

from redress.broker.address import settings_with_broker
from redress.commands.rows import OFFSET, PARTITION
from redress.commands.rows import as_json as json_option
from redress.commands.rows import show as show_rows
from redress.operating.groups import WITH_DEAD_LETTERS
from redress.operating.moving import set_offset
from redress.operating.positions import positions
from redress.reading import SOURCES
from services.runtime.kafka import Kafka


class Target(click.ParamType):
    """An offset, or ``start`` or ``end`` of the log."""

    name = "offset"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The number, or the word; click tells the user what is wrong with another."""
        written = str(value)
        if written in ("start", "end"):
            return written
        if not (written.isascii() and written.isdigit()):
            self.fail(f"{value!r} is no offset; write a number, start or end", param, ctx)
        number: int = OFFSET.convert(written, param, ctx)
        return number


@click.group()
def offsets() -> None:
    """Where each group stands, and how to set it elsewhere on purpose."""


@offsets.command()
@click.option("--group", type=click.Choice(list(SOURCES)), help="Only this group.")
@json_option
def show(group: str | None, *, as_json: bool) -> None:
    """Each source partition: next offset, where its log starts and ends, lag, and the worker that owns it."""
    found = asyncio.run(positions(Kafka(settings_with_broker()), [group] if group else SOURCES))
    show_rows([{**asdict(one), "lag": one.lag, "fault": one.fault} for one in found], as_json=as_json)


@offsets.command("set")
@click.argument("topic", type=click.Choice(list(WITH_DEAD_LETTERS)))
@click.option("--group", type=click.Choice(list(SOURCES)), required=True)
@click.option("--partition", type=PARTITION, required=True)
@click.option("--to", type=Target(), required=True, help="The next offset to read, or start or end of the log.")
def set_(topic: str, group: str, partition: int, to: int | Literal["start", "end"]) -> None:
    """Let GROUP go on elsewhere in one partition of TOPIC; all its workers must be stopped.

    Records that it skips have no effect, records that it reads again may have theirs twice.
    """
    if WITH_DEAD_LETTERS[topic] not in SOURCES[group]:
        raise click.UsageError(f"{group} does not read {topic}: it reads {', '.join(t.name for t in SOURCES[group])}")
    kafka, place = Kafka(settings_with_broker()), TopicPartition(topic, partition)
    before, offset = asyncio.run(set_offset(kafka, group, place, to, lambda line: click.echo(line, err=True)))
    row = {"group": group, "topic": topic, "partition": partition, "before": before.offset, "offset": offset}
    click.echo(json.dumps(row))
