"""``redress fetch-mail``: the mails of a mailbox into intake, until it is told to end."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from functools import partial
from pathlib import Path
from typing import Any

import click

from redress.fetch_mail.config_file import FetchMailFile
from redress.fetch_mail.fetching import Fetcher
from redress.fetch_mail.imap import open_mailbox
from redress.fetch_mail.intake import intake_calls
from redress.fetch_mail.mailbox import MailboxRefused
from redress.fetch_mail.settings import Settings, check_intake_url
from schemas.external_names import canonical_name
from services.config.yaml_files import ConfigError, load
from services.runtime import logs
from services.runtime.admin import admin_server


def _channel(_: click.Context, __: click.Parameter, text: str) -> str:
    try:
        return canonical_name(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _url(_: click.Context, __: click.Parameter, url: str | None) -> str | None:
    try:
        return check_intake_url(url) if url else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("fetch-mail")
@click.option("--channel", required=True, callback=_channel, help="The channel that the mails arrive through.")
@click.option(
    "--config",
    "named",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The mailbox's file. [default: fetch-mail.yaml in REDRESS_CONFIG]",
)
@click.option(
    "--intake",
    "url",
    callback=_url,
    help="Where intake listens. [default: REDRESS_INTAKE_URL, else http://127.0.0.1:8080]",
)
def fetch_mail(channel: str, named: Path | None, url: str | None) -> None:
    """Give the mails of an IMAP mailbox to intake, each once, as they come. SIGTERM or Ctrl-C ends it.

    A mail gets its mark only after intake has kept it. The API key is read from REDRESS_INTAKE_KEY, and the mailbox's
    password from REDRESS_MAIL_PASSWORD or the file that the configuration names. At the end a line of JSON says how
    many mails were taken, refused, and left for later.
    """
    settings = Settings()
    file = load(settings.find_file(named), FetchMailFile)
    password = settings.read_password(file)
    logs.configure(settings.log)
    # The library's lines may quote a server's answers, and with them a mail.
    logging.getLogger("imapclient").setLevel(logging.CRITICAL)
    try:
        fates = asyncio.run(_fetch(channel, url or settings.intake_url, file, password, settings))
    except MailboxRefused as refused:
        raise ConfigError(str(refused)) from None
    click.echo(json.dumps(fates))


async def _fetch(channel: str, url: str, file: FetchMailFile, password: str, settings: Settings) -> dict[str, int]:
    stop = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    key = settings.intake_key.get_secret_value() if settings.intake_key else None
    async with intake_calls(url, channel, key) as post:
        fetcher = Fetcher(partial(open_mailbox, file, password), post, stop)

        def readiness() -> tuple[bool, dict[str, Any]]:
            facts = {"mailbox": fetcher.mailbox_open, "intake": fetcher.intake_answers}
            return all(facts.values()), facts

        async with admin_server(settings.admin, readiness):
            await fetcher.run()
    return {fate: fetcher.fates[fate] for fate in ("taken", "refused", "left")}
