"""A mailbox on an IMAP server (RFC 3501, with IDLE of RFC 2177 and MOVE of RFC 6851).

IMAPClient blocks, so its calls run in a thread, one at a time. Its errors quote lines of the server, which may hold
a mail's text: of them only the kind and the response code are passed on.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError, LoginError

from redress.fetch_mail.config_file import FetchMailFile, Mark
from redress.fetch_mail.imap_client import Client
from redress.fetch_mail.mailbox import MailboxLost, MailboxRefused, TooLarge, uid_windows
from redress.waiting import set_within

LARGEST_BYTES = 25 * 1024 * 1024
"""What intake takes. A byte more is asked for, so that a mail is known to be larger without being read to its end."""
POLL_SECONDS = 60.0
"""How often a server without IDLE is asked."""

T = TypeVar("T")

PASSING_CODES = {"[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]"}
"""Response codes of a login that may succeed later (RFC 5530, section 3)."""
_CODE = re.compile(r"\[([A-Z-]{1,30})[ \]]")
_NEXT_UID_UNKNOWN = 2**32
NEW_FLAGS = rb"\*"
"""In PERMANENTFLAGS (RFC 3501, 7.1): users may make flags. Without PERMANENTFLAGS all flags are permanent."""


@asynccontextmanager
async def open_mailbox(file: FetchMailFile, password: str) -> AsyncIterator[ImapMailbox]:
    """The mailbox of the file, signed in and selected. Raises MailboxLost and MailboxRefused."""
    where = f"{file.server}:{file.used_port}"
    connect = partial(Client, file.server, file.used_port, tls=file.tls == "implicit")
    client = await _attempt(f"connect to {where}", connect)
    try:
        if file.tls == "starttls":
            await _begin_tls(client)
        await _sign_in(client, file.user, password)
        await _identify(client)
        mailbox = ImapMailbox(client, file)
        await mailbox.require_marks()
        yield mailbox
        with suppress(MailboxLost):
            await _attempt("sign out", client.logout)
    finally:
        _close(client)


class ImapMailbox:
    """See redress.fetch_mail.mailbox.Mailbox."""

    def __init__(self, client: Client, file: FetchMailFile) -> None:
        self._client = client
        self._file = file
        self._mails = 0
        self._keeps_flags = self._keeps_reasons = False

    async def require_marks(self) -> None:
        """Raises MailboxRefused where the server cannot do what ``taken`` and ``refused`` ask for."""
        await self._select()
        for name, mark in (("taken", self._file.taken), ("refused", self._file.refused)):
            if mark.flag is not None and not self._keeps_flags:
                raise MailboxRefused(f"the server keeps no flags of users: write `{name}: {{move_to: a folder}}`")
            if mark.move_to is None:
                continue
            if not await _attempt("ask for capabilities", self._client.has_capability, "MOVE"):
                raise MailboxRefused(f"the server cannot move mails (RFC 6851): write `{name}: {{flag: a flag}}`")
            if not await _attempt("list folders", self._client.folder_exists, mark.move_to):
                raise MailboxRefused(f"{name}: there is no folder {mark.move_to!r}; create it")

    async def batches(self) -> AsyncIterator[Sequence[int]]:
        """Select the mailbox anew: UIDs count from there on, whatever UIDVALIDITY was before."""
        next_uid = await self._select()
        flags = [mark.flag for mark in (self._file.taken, self._file.refused) if mark.flag is not None]
        without = [word for flag in flags for word in ("UNKEYWORD", flag)]
        for lowest, highest in uid_windows(self._mails, next_uid):
            criteria = ["UNDELETED", *without, "UID", f"{lowest}:{highest}"]
            yield sorted(await _attempt("search", self._client.search, criteria))

    async def fetch(self, uid: int) -> bytes | None:
        """The mail, which stays unseen for people who look into the mailbox."""
        found = await _attempt("fetch", self._client.fetch, [uid], [f"BODY.PEEK[]<0.{LARGEST_BYTES + 1}>"])
        bodies = [value for name, value in found.get(uid, {}).items() if name.startswith(b"BODY[]")]
        if not bodies:
            return None
        mail = bodies[0] or b""
        if len(mail) > LARGEST_BYTES:
            raise TooLarge
        return bytes(mail)

    async def mark_taken(self, uid: int) -> None:
        """Set the flag, or move the mail."""
        await self._mark(uid, self._file.taken)

    async def mark_refused(self, uid: int, reason: str) -> None:
        """The reason becomes a flag too, which a move keeps, where the server keeps flags."""
        if self._keeps_reasons:
            await _attempt("set a flag", self._client.add_flags, [uid], [f"$Redress-{reason}"])
        await self._mark(uid, self._file.refused)

    async def wait(self, stop: asyncio.Event, seconds: float) -> None:
        """By IDLE, or where the server has none for a minute."""
        if self._client.reported_mails() > self._mails:
            return
        if not await _attempt("ask for capabilities", self._client.has_capability, "IDLE"):
            await set_within(stop, min(seconds, POLL_SECONDS))
            return
        await _attempt("idle", self._client.idle)
        if not await _attempt("idle", self._client.idle_check, 0):
            await _readable_or_set(self._client.socket().fileno(), stop, seconds)
        await _attempt("idle", self._client.idle_done)

    async def _select(self) -> int:
        """The UID that the next mail will have."""
        try:
            selected = await _attempt("select", self._client.select_folder, self._file.mailbox)
        except _Refused as refused:
            raise MailboxRefused(f"the mailbox {self._file.mailbox!r} cannot be opened: {refused}") from None
        self._client.reported_mails()
        self._mails = selected.get(b"EXISTS", 0)
        permanent = {flag.lower() for flag in selected.get(b"PERMANENTFLAGS", [NEW_FLAGS])}
        own = {mark.flag.lower().encode() for mark in (self._file.taken, self._file.refused) if mark.flag}
        self._keeps_reasons = NEW_FLAGS in permanent
        self._keeps_flags = self._keeps_reasons or own <= permanent
        next_uid: int = selected.get(b"UIDNEXT", _NEXT_UID_UNKNOWN)
        return next_uid

    async def _mark(self, uid: int, mark: Mark) -> None:
        if mark.move_to is not None:
            await _attempt("move a mail", self._client.move, [uid], mark.move_to)
            return
        flag = str(mark.flag)
        flags = await _attempt("set a flag", self._client.add_flags, [uid], [flag])
        if uid in flags and flag.lower() not in {one.decode("ascii", "replace").lower() for one in flags[uid]}:
            raise MailboxRefused(f"the server does not keep the flag {flag}: write move_to and a folder")


async def _begin_tls(client: Client) -> None:
    try:
        await _attempt("begin TLS", client.starttls, ssl.create_default_context())
    except _Refused:
        raise MailboxRefused("the server has no STARTTLS: leave `tls` out, and name its port for TLS") from None


async def _sign_in(client: Client, user: str, password: str) -> None:
    try:
        await asyncio.to_thread(client.sign_in, user, password)
    except LoginError as error:
        code = _read_code(error)
        if isinstance(error.__context__, IMAPClientAbortError) or code in PASSING_CODES:
            raise MailboxLost(f"sign in: the server does not do it now {code}".rstrip()) from None
        raise MailboxRefused(f"the server refuses this user or password {code}".rstrip()) from None
    except UnicodeEncodeError:
        raise MailboxRefused("this server takes only ASCII as user and password (it has no AUTH=PLAIN)") from None
    except (OSError, IMAPClientError, ValueError) as error:
        raise MailboxLost(f"sign in: {type(error).__name__}") from None


async def _identify(client: Client) -> None:
    """RFC 2971. NetEase's servers open no mailbox for a program that does not say its name."""
    if await _attempt("ask for capabilities", client.has_capability, "ID"):
        with suppress(_Refused):
            await _attempt("identify", client.id_, {"name": "Redress"})


def _close(client: Client) -> None:
    """End the connection without a word: after a failure nobody knows what the server would answer."""
    with suppress(OSError, ValueError):
        client.shutdown()


async def _readable_or_set(descriptor: int, stop: asyncio.Event, seconds: float) -> None:
    """Return when there is something to read, ``stop`` is set, or the time is over."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    waits = [asyncio.create_task(event.wait()) for event in (readable, stop)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(descriptor)
        for one in waits:
            one.cancel()


class _Refused(MailboxLost):
    """The server said NO or BAD; the connection stands."""


async def _attempt(step: str, call: Callable[..., T], *arguments: Any) -> T:
    """What ``call`` returns. Raises MailboxLost, and _Refused where the server said NO or BAD."""
    try:
        return await asyncio.to_thread(call, *arguments)
    except IMAPClientReadOnlyError:
        raise _Refused("this user may only read it; marks need the right to write") from None
    except IMAPClientAbortError:
        raise MailboxLost(f"{step}: the connection ended") from None
    except IMAPClientError as error:
        raise _Refused(f"{step}: the server refuses it {_read_code(error)}".rstrip()) from None
    except ssl.SSLCertVerificationError as error:
        raise MailboxLost(f"{step}: the certificate is not trusted: {error.verify_message}") from None
    except OSError as error:
        raise MailboxLost(f"{step}: {error.strerror or type(error).__name__}") from None
    except ValueError as error:
        raise MailboxLost(f"{step}: the answer makes no sense ({type(error).__name__})") from None


def _read_code(error: IMAPClientError) -> str:
    """The response code (RFC 5530) alone: the text behind it may say anything."""
    code = _CODE.search(str(error)[:1_000])
    return f"[{code[1]}]" if code else ""
