"""A server, user and password in; a connection that is encrypted and signed in out."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from redress.fetch_mail.attempts import PASSING_CODES, Refused, attempt, read_code
from redress.fetch_mail.config_file import FetchMailFile
from redress.fetch_mail.imap_client import Client
from redress.fetch_mail.mailbox import MailboxLost, MailboxRefused


@asynccontextmanager
async def open_session(file: FetchMailFile, password: str) -> AsyncIterator[Client]:
    """The connection, which ends with the block. Raises MailboxLost and MailboxRefused."""
    where = f"{file.server}:{file.used_port}"
    connect = partial(Client, file.server, file.used_port, tls=file.tls == "implicit")
    client = await attempt(f"connect to {where}", connect)
    try:
        if file.tls == "starttls":
            await _begin_tls(client)
        await sign_in(client, file.user, password)
        await _identify(client)
        yield client
        with suppress(MailboxLost):
            await attempt("sign out", client.logout)
    finally:
        _close(client)


async def _begin_tls(client: Client) -> None:
    try:
        await attempt("begin TLS", client.starttls, ssl.create_default_context())
    except Refused:
        raise MailboxRefused("the server has no STARTTLS: leave `tls` out, and name its port for TLS") from None


async def sign_in(client: Client, user: str, password: str) -> None:
    """Raises MailboxRefused if user or password are wrong, MailboxLost if the server cannot tell now."""
    try:
        await asyncio.to_thread(client.sign_in, user, password)
    except LoginError as error:
        code = read_code(error)
        if isinstance(error.__context__, IMAPClientAbortError) or code in PASSING_CODES:
            raise MailboxLost(f"sign in: the server does not do it now {code}".rstrip()) from None
        raise MailboxRefused(f"the server refuses this user or password {code}".rstrip()) from None
    except UnicodeEncodeError:
        raise MailboxRefused("this server takes only ASCII as user and password (it has no AUTH=PLAIN)") from None
    except (OSError, IMAPClientError, ValueError) as error:
        raise MailboxLost(f"sign in: {type(error).__name__}") from None


async def _identify(client: Client) -> None:
    """RFC 2971. NetEase's servers open no mailbox for a program that does not say its name."""
    if await attempt("ask for capabilities", client.has_capability, "ID"):
        with suppress(Refused):
            await attempt("identify", client.id_, {"name": "Redress"})


def _close(client: Client) -> None:
    """End the connection without a word: after a failure nobody knows what the server would answer."""
    with suppress(OSError, ValueError):
        client.shutdown()
