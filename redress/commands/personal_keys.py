"""`redress personal-keys`: the keys that encrypt personal data are made, and what they encrypt is renewed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import click

from redress.broker.address import settings_with_broker
from redress.personal.keys_writer import add_key
from redress.personal.publishing import Change, publish
from redress.personal.register import read_register
from redress.personal.settings import Settings, require_encryption
from schemas.topics import PERSONAL_KEYS
from services.runtime.kafka import Kafka

AT_ONCE = 1_000
"""Records of one transaction."""


@click.group("personal-keys")
def personal_keys() -> None:
    """The keys that encrypt personal data: make one, and renew what older ones encrypted.

    They are in the file that REDRESS_PERSONAL_KEYS names, else in personal-keys.yaml in REDRESS_HOME. Intake reads it
    when it starts. Keep a copy: without it nobody can read what people wrote.
    """


@personal_keys.command()
def create() -> None:
    """Make a key, which encrypts from the next start of intake on. The first one switches encryption on."""
    file = Settings().file
    keys = add_key(file)
    click.echo(json.dumps({"file": str(file), "current": keys.current, "keys": sorted(keys.keys)}))
    click.echo("start intake again; then run `redress personal-keys renew` if there were keys before", err=True)


@personal_keys.command()
def renew() -> None:
    """Encrypt the keys of all events under the current key, so that older ones can be removed from the file."""
    encryption = require_encryption()
    kafka = Kafka(settings_with_broker())

    async def run() -> int:
        register = await read_register(kafka)
        renewed = [
            kept.model_copy(update={"encrypted_key": fresh})
            for keys in register.keys.values()
            for kept in keys.values()
            if (fresh := encryption.renew(kept.encrypted_key)) is not None
        ]
        for start in range(0, len(renewed), AT_ONCE):
            changes = [
                Change(PERSONAL_KEYS, f"{kept.complaint_id}/{kept.key_id}", kept)
                for kept in renewed[start : start + AT_ONCE]
            ]
            await publish(kafka, changes, datetime.now(UTC))
        return len(renewed)

    click.echo(json.dumps({"renewed": asyncio.run(run())}))
