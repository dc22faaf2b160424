"""`redress dlq`: what could not be processed; where it lay, why, and how it goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import click
from aiokafka import TopicPartition

from redress.broker.address import settings_with_broker
from redress.commands.rows import OFFSET, PARTITION
from redress.commands.rows import as_json as json_option
from redress.commands.rows import show as show_rows
from redress.operating.commanding import allow as allow_dead_letters
from redress.operating.dead_letters import DeadLetters, Found, Origin, read_dead_letters
from redress.operating.groups import WITH_DEAD_LETTERS
from redress.operating.retrying import retry as retry_dead_letters
from redress.reading import SOURCES
from schemas.codec import encode
from services.runtime.kafka import Kafka

TOPIC = click.Choice(list(WITH_DEAD_LETTERS))


@click.group()
def dlq() -> None:
    """Dead letters: list and show them, publish them again, and let a paused partition go on."""


@dlq.command("list")
@click.argument("topic", type=TOPIC, required=False)
@json_option
def list_(topic: str | None, *, as_json: bool) -> None:
    """Dead letters by the TOPIC that they came from, or all; never what a record held."""
    topics = [WITH_DEAD_LETTERS[topic]] if topic else WITH_DEAD_LETTERS.values()
    kafka = Kafka(settings_with_broker())
    all_letters = [_read(kafka, one.name) for one in topics]
    rows = [_row(letters, found) for letters in all_letters for found in letters.found]
    show_rows(rows, as_json=as_json)
    click.echo(f"{len(rows)} dead letters", err=True)


@dlq.command()
@click.argument("topic", type=TOPIC)
@click.option("--partition", type=PARTITION, required=True)
@click.option("--offset", type=OFFSET, required=True, help="Where the record lay in TOPIC.")
@click.option(
    "--value", "with_value", is_flag=True, help="Also the record's key and bytes: personal data, most likely."
)
@json_option
def show(topic: str, partition: int, offset: int, *, with_value: bool, as_json: bool) -> None:
    """All letters about one record of TOPIC, one for each group that could not process it."""
    letters = _read(Kafka(settings_with_broker()), topic)
    found = [one for one in letters.found if one.origin == Origin(partition, offset)]
    if not found:
        raise click.ClickException(f"no dead letter comes from {topic}-{partition} offset {offset}")
    fields = [_fields(letters, one, with_value=with_value) for one in found]
    if as_json:
        show_rows(fields, as_json=True)
        return
    names = [name for name in fields[0] if name not in ("group", "value")]
    show_rows([{"group": name, **{of["group"]: of[name] for of in fields}} for name in names], as_json=False)
    if with_value:
        click.echo(f"\n{_printable(found[0].letter.value)}")


@dlq.command()
@click.argument("topic", type=TOPIC)
@click.option("--reason", help="Only letters with this reason: what can still not be read would only come back.")
@json_option
def retry(topic: str, reason: str | None, *, as_json: bool) -> None:
    """Publish to TOPIC again what became a dead letter, each record once however often this is called."""
    kafka = Kafka(settings_with_broker())
    marks, before = asyncio.run(retry_dead_letters(kafka, WITH_DEAD_LETTERS[topic], reason))
    show_rows(
        [
            mark.model_dump(include={"topic", "partition", "offset", "retry_partition", "retry_offset"})
            for mark in marks
        ],
        as_json=as_json,
    )
    click.echo(f"{len(marks)} records published again; {before} had been before", err=True)


@dlq.command()
@click.argument("topic", type=TOPIC)
@click.option("--group", type=click.Choice(list(SOURCES)), required=True)
@click.option("--partition", type=PARTITION, required=True)
@click.option(
    "--until",
    type=click.IntRange(min=1, max=OFFSET.max),
    required=True,
    help="The first offset that counts against the limit again; to go on, at least where the partition paused.",
)
def allow(topic: str, group: str, partition: int, until: int) -> None:
    """Let GROUP have dead letters in one partition of TOPIC before an offset; if it is paused there, it goes on."""
    if WITH_DEAD_LETTERS[topic] not in SOURCES[group]:
        raise click.UsageError(f"{group} does not read {topic}: it reads {', '.join(t.name for t in SOURCES[group])}")
    kafka = Kafka(settings_with_broker())
    outcome = asyncio.run(allow_dead_letters(kafka, group, TopicPartition(topic, partition), until))
    click.echo(json.dumps({"group": group, "topic": topic, "partition": partition, "until": until, "outcome": outcome}))
    if outcome == "passed":
        click.echo(
            f"nothing to do: {group} stands behind that offset already (`redress offsets show` says where)", err=True
        )


def _read(kafka: Kafka, topic: str) -> DeadLetters:
    letters = asyncio.run(read_dead_letters(kafka, WITH_DEAD_LETTERS[topic]))
    if letters.unreadable:
        click.echo(f"{topic}-dlq holds {letters.unreadable} records that are no dead letters: left out", err=True)
    return letters


def _row(letters: DeadLetters, found: Found) -> dict[str, Any]:
    letter = found.letter
    return {
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "group": letter.group,
        "reason": letter.reason,
        "recorded_at": letter.recorded_at.isoformat(timespec="seconds"),
        "bytes": None if letter.value is None else len(letter.value),
        "retried": found.origin in letters.retried,
    }


def _fields(letters: DeadLetters, found: Found, *, with_value: bool) -> dict[str, Any]:
    event = json.loads(encode(found.letter))
    retried = letters.retried.get(found.origin)
    value = event.pop("value")
    return {
        **event,
        "bytes": None if found.letter.value is None else len(found.letter.value),
        "retried_at": retried and retried.recorded_at.isoformat(),
        "retried_as": retried and f"{retried.topic}-{retried.retry_partition} offset {retried.retry_offset}",
        **({"key": found.key and found.key.decode(errors="backslashreplace"), "value": value} if with_value else {}),
    }


def _printable(value: bytes | None) -> str:
    """Text as it is; what a terminal could take for a command, as an escape sequence."""
    if value is None:
        return "no value: a tombstone"
    text = value.decode(errors="backslashreplace")
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
