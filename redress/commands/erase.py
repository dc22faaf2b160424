"""`redress erase`: the personal data of a customer or a complaint is destroyed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import click

from redress.broker.address import settings_with_broker
from redress.commands.subjects import find_complaints, subject_options
from redress.operating.groups import OperationRefused
from redress.personal.erasing import erase as decide
from redress.personal.erasing import erase_again
from redress.personal.publishing import publish
from redress.personal.register import read_register
from redress.personal.settings import require_encryption
from schemas.topics import PERSONAL_KEYS
from services.runtime.kafka import Kafka


@click.command()
@subject_options
@click.option("--again", is_flag=True, help="Every erasure of the past once more, after topics were restored.")
def erase(customer: str | None, complaint: str | None, owner: str | None, *, again: bool) -> None:
    """Destroy the keys of what a customer's complaints say, in every copy of every topic, and write customer_erased.

    Prints a line for each complaint. Refused while a hold stands. What comes later has new keys, and is kept.
    """
    if again == bool(customer or complaint):
        raise click.UsageError("name --customer or --complaint, or say --again")
    encryption = require_encryption()
    kafka = Kafka(settings_with_broker())

    async def run() -> None:
        register = await read_register(kafka)
        now = datetime.now(UTC)
        if again:
            changes = erase_again(register, register.erasures.values())
        else:
            found = find_complaints(register, encryption, customer, complaint, owner)
            if not found:
                raise OperationRefused("no encrypted complaint is known of this customer or id; nothing was erased")
            changes = decide(register, found, now)
        await publish(kafka, changes, now)
        destroyed: dict[str, int] = {}
        for topic, key, event in changes:
            complaint_id = key.partition("/")[0]
            destroyed[complaint_id] = destroyed.get(complaint_id, 0) + (topic is PERSONAL_KEYS and event is None)
        for complaint_id, count in destroyed.items():
            click.echo(json.dumps({"complaint_id": complaint_id, "keys_destroyed": count}))

    try:
        asyncio.run(run())
    except OperationRefused as refused:
        raise click.ClickException(str(refused)) from None
