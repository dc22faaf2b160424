"""``redress keys``: API keys are made, listed and revoked in the file that intake reads; no broker is needed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from schemas.external_names import canonical_name
from services.config.durations import Duration
from services.config.yaml_files import load
from services.intake.domain.api_keys import ID_BYTES, SECRET_BYTES, authorize, digest_key, write_key
from services.intake.domain.scopes import OF_A_FRONT_END, SCOPES, Scope
from services.intake.keys_file import KeyEntry, KeysFile, RateEntry, find_keys_file
from services.intake.keys_writer import NoSuchKey, add_key, revoke_key
from services.intake.settings import Settings, load_channels

PER_SECOND = 200
BURST_SECONDS = 10
"""Without --burst: what the rate allows in this time may come at once."""

LONGEST = timedelta(days=3_650)

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


class Lifetime(click.ParamType):
    """A number of seconds, minutes, hours or days, such as 365d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The text as a timedelta; click tells the user what is wrong with it."""
        try:
            lifetime = _DURATION.validate_python(value)
        except ValidationError:
            self.fail("write a whole number and a unit, such as 12h or 365d", param, ctx)
        if not timedelta() < lifetime <= LONGEST:
            self.fail(f"write from 1s to {LONGEST.days}d", param, ctx)
        return lifetime


class OwnerName(click.ParamType):
    """A name."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name by its value; click tells the user what is wrong with it."""
        try:
            return canonical_name(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group()
def keys() -> None:
    """API keys: make one, list them, revoke one. Intake takes a change within seconds, without a restart.

    They are in the file that REDRESS_KEYS names; without it in keys.yaml in REDRESS_CONFIG, if that is set, else in
    REDRESS_HOME. As soon as there is such a file, intake asks every caller for a key.
    """


@keys.command()
@click.option("--owner", type=OwnerName(), required=True, help="Whose complaints are sent with it; keys may share one.")
@click.option("--channel", "channels", multiple=True, help="One that it may use; repeat for more. [default: all]")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(list(SCOPES)),
    multiple=True,
    default=OF_A_FRONT_END,
    show_default=True,
    help="What it allows; repeat for more. " + "; ".join(f"{scope}: {allows}" for scope, allows in SCOPES.items()),
)
@click.option(
    "--rate",
    type=click.IntRange(1, 100_000),
    default=PER_SECOND,
    show_default=True,
    help="Requests a second, and lines of bulk bodies, that it may send in the long run.",
)
@click.option(
    "--burst",
    type=click.IntRange(1, 10_000_000),
    help=f"How many of them at once after a rest. [default: those of {BURST_SECONDS} seconds]",
)
@click.option("--expires", type=Lifetime(), help="After how long it ends, such as 365d. [default: never]")
@click.option("--test", is_flag=True, help="For complaints that run through everything and count nowhere.")
def create(
    owner: str,
    channels: Sequence[str],
    scopes: Sequence[Scope],
    rate: int,
    burst: int | None,
    expires: timedelta | None,
    *,
    test: bool,
) -> None:
    """Make a key and print it, as JSON. It is shown this once, and kept nowhere."""
    settings = Settings()
    now = datetime.now(UTC).replace(microsecond=0)
    key_id, secret = secrets.token_bytes(ID_BYTES), secrets.token_bytes(SECRET_BYTES)
    text = write_key(key_id, secret)
    bounds = {"channels": _check_channels(channels, settings), "expires_at": now + expires if expires else None}
    entry = KeyEntry(
        id=key_id.hex(),
        sha256=digest_key(text).hex(),
        owner=owner,
        scopes=tuple(dict.fromkeys(scopes)),
        rate=RateEntry(per_second=rate, burst=burst or rate * BURST_SECONDS),
        created_at=now,
        test=test,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    )
    path = find_keys_file(settings)
    first = not path.exists()
    add_key(path, entry)
    click.echo(json.dumps({"key": text, **_describe(entry)}, ensure_ascii=False))
    click.echo(f"{path} has its SHA-256; the key itself is shown this once: keep it", err=True)
    if first:
        click.echo("It is the first key: from now on intake asks every caller for one", err=True)


@keys.command("list")
def list_() -> None:
    """The keys as NDJSON, a key a line, without what they are recognised by."""
    path = find_keys_file(Settings())
    if not path.exists():
        click.echo(f"{path} does not exist: there are no keys, and intake asks for none", err=True)
        return
    now = datetime.now(UTC)
    for entry in load(path, KeysFile).keys:
        key = entry.api_key()
        denial = authorize(key, tuple(key.scopes), now)
        state = denial.removesuffix("_key") if denial in ("revoked_key", "expired_key") else "valid"
        click.echo(json.dumps({**_describe(entry), "state": state}, ensure_ascii=False))


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """End the key with this ID, which `redress keys list` shows. It stays in the file, as revoked."""
    path = _existing_file()
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        entry = revoke_key(path, key_id, now)
    except NoSuchKey:
        raise click.ClickException(f"{path} has no key with this id; `redress keys list` shows them") from None
    if entry.revoked_at != now:
        click.echo("it had been revoked before", err=True)
    click.echo(json.dumps(_describe(entry), ensure_ascii=False))


def _existing_file() -> Path:
    path = find_keys_file(Settings())
    if not path.exists():
        raise click.ClickException(f"{path} does not exist: there are no keys")
    return path


def _check_channels(channels: Sequence[str], settings: Settings) -> tuple[str, ...] | None:
    """None stands for all."""
    declared = load_channels(settings).names
    for channel in channels:
        if channel not in declared:
            raise click.BadParameter(
                f"{channel!r} is not in channels.yaml; there are " + ", ".join(sorted(declared)),
                param_hint="--channel",
            )
    return tuple(dict.fromkeys(channels)) or None


def _describe(entry: KeyEntry) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude={"sha256"}, exclude_none=True)
