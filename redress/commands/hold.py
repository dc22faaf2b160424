"""`redress hold`: what must be kept, for a court, say, is kept from erasure."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import click

from redress.broker.address import settings_with_broker
from redress.commands.subjects import read_complaint_id
from redress.operating.groups import OperationRefused
from redress.personal.publishing import Change, publish
from redress.personal.register import Register, read_register
from redress.personal.settings import require_encryption
from schemas.ids import derived_id
from schemas.personal_keys import LegalHoldPlaced
from schemas.topics import LEGAL_HOLDS
from services.runtime.kafka import Kafka

_customer = click.option("--customer", help="All of a customer, by customer.id.")
_complaint = click.option("--complaint", help="One complaint, by its id.")


@click.group()
def hold() -> None:
    """Holds, while which nothing of a customer or a complaint is erased: place, list and release them."""


@hold.command()
@_customer
@_complaint
@click.option("--reason", required=True, help="Why; it is shown to who wants to erase, and is no place for names.")
@click.option("--by", "placed_by", required=True, help="Who places it, by an id of yours.")
def place(customer: str | None, complaint: str | None, reason: str, placed_by: str) -> None:
    """Keep it from erasure until the hold is released."""
    held, now = _held(customer, complaint), datetime.now(UTC)
    event_id = derived_id(held, now.isoformat(), "legal_hold_placed")
    placed = LegalHoldPlaced(
        event_id=event_id, occurred_at=now, recorded_at=now, held=held, reason=reason, placed_by=placed_by
    )
    _run(Change(LEGAL_HOLDS, held, placed))
    click.echo(json.dumps({"held": held, "reason": reason, "placed_by": placed_by}, ensure_ascii=False))


@hold.command()
@_customer
@_complaint
def release(customer: str | None, complaint: str | None) -> None:
    """End a hold."""
    held = _held(customer, complaint)
    if held not in _read().holds:
        raise click.ClickException("there is no such hold; `redress hold list` shows them")
    _run(Change(LEGAL_HOLDS, held, None))
    click.echo(json.dumps({"released": held}))


@hold.command("list")
def list_() -> None:
    """The holds as NDJSON. A customer is named by a pseudonym."""
    for one in _read().holds.values():
        placed = {"held": one.held, "reason": one.reason, "placed_by": one.placed_by}
        click.echo(json.dumps({**placed, "placed_at": one.occurred_at.isoformat()}, ensure_ascii=False))


def _held(customer: str | None, complaint: str | None) -> str:
    if (customer is None) == (complaint is None):
        raise click.UsageError("name either --customer or --complaint")
    return read_complaint_id(complaint) if complaint else require_encryption().pseudonym(customer or "")


def _read() -> Register:
    try:
        return asyncio.run(read_register(Kafka(settings_with_broker())))
    except OperationRefused as refused:
        raise click.ClickException(str(refused)) from None


def _run(change: Change) -> None:
    asyncio.run(publish(Kafka(settings_with_broker()), [change], datetime.now(UTC)))
