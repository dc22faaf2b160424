"""`redress subject`: what is kept about a customer, for the customer (GDPR, article 15; PIPL, article 45)."""

from __future__ import annotations

import asyncio
import json

import click

from redress.broker.address import settings_with_broker
from redress.commands.subjects import find_complaints, subject_options
from redress.operating.groups import OperationRefused
from redress.personal.exporting import export_subject
from redress.personal.register import read_register
from redress.personal.settings import require_encryption
from services.runtime.kafka import Kafka


@click.group()
def subject() -> None:
    """What is kept about a customer."""


@subject.command()
@subject_options
def export(customer: str | None, complaint: str | None, owner: str | None) -> None:
    """Everything about a customer or a complaint as one JSON document, without the names of others."""
    if (customer is None) == (complaint is None):
        raise click.UsageError("name either --customer or --complaint")
    encryption = require_encryption()
    kafka = Kafka(settings_with_broker())

    async def run() -> None:
        register = await read_register(kafka)
        found = find_complaints(register, encryption, customer, complaint, owner)
        complaints = await export_subject(kafka, register, found, encryption)
        click.echo(json.dumps({"complaints": complaints}, ensure_ascii=False, indent=2))

    try:
        asyncio.run(run())
    except OperationRefused as refused:
        raise click.ClickException(str(refused)) from None
