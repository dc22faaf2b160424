"""A mailbox on an IMAP server (RFC 3501, with IDLE of RFC 2177 and MOVE of RFC 6851)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from redress.fetch_mail.attempts import Refused, attempt
from redress.fetch_mail.config_file import FetchMailFile, Mark
from redress.fetch_mail.imap_client import Client
from redress.fetch_mail.mailbox import MailboxRefused, TooLarge, uid_windows
from redress.fetch_mail.session import open_session
from redress.waiting import set_within

LARGEST_BYTES = 25 * 1024 * 1024
"""What intake takes. A byte more is asked for, so that a mail is known to be larger without being read to its end."""
POLL_SECONDS = 60.0
"""How often a server without IDLE is asked."""

_NEXT_UID_UNKNOWN = 2**32
NEW_FLAGS = rb"\*"
"""In PERMANENTFLAGS (RFC 3501, 7.1): users may make flags. Without PERMANENTFLAGS all flags are permanent."""


@asynccontextmanager
async def open_mailbox(file: FetchMailFile, password: str) -> AsyncIterator[ImapMailbox]:
    """The mailbox of the file, signed in and selected. Raises MailboxLost and MailboxRefused."""
    async with open_session(file, password) as client:
        mailbox = ImapMailbox(client, file)
        await mailbox.require_marks()
        yield mailbox


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
            if not await attempt("ask for capabilities", self._client.has_capability, "MOVE"):
                raise MailboxRefused(f"the server cannot move mails (RFC 6851): write `{name}: {{flag: a flag}}`")
            if not await attempt("list folders", self._client.folder_exists, mark.move_to):
                raise MailboxRefused(f"{name}: there is no folder {mark.move_to!r}; create it")

    async def batches(self) -> AsyncIterator[Sequence[int]]:
        """Select the mailbox anew: UIDs count from there on, whatever UIDVALIDITY was before."""
        next_uid = await self._select()
        flags = [mark.flag for mark in (self._file.taken, self._file.refused) if mark.flag is not None]
        without = [word for flag in flags for word in ("UNKEYWORD", flag)]
        for lowest, highest in uid_windows(self._mails, next_uid):
            criteria = ["UNDELETED", *without, "UID", f"{lowest}:{highest}"]
            yield sorted(await attempt("search", self._client.search, criteria))

    async def fetch(self, uid: int) -> bytes | None:
        """The mail, which stays unseen for people who look into the mailbox."""
        found = await attempt("fetch", self._client.fetch, [uid], [f"BODY.PEEK[]<0.{LARGEST_BYTES + 1}>"])
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
            await attempt("set a flag", self._client.add_flags, [uid], [f"$Redress-{reason}"])
        await self._mark(uid, self._file.refused)

    async def wait(self, stop: asyncio.Event, seconds: float) -> None:
        """By IDLE, or where the server has none for a minute."""
        if self._client.reported_mails() > self._mails:
            return
        if not await attempt("ask for capabilities", self._client.has_capability, "IDLE"):
            await set_within(stop, min(seconds, POLL_SECONDS))
            return
        await attempt("idle", self._client.idle)
        if not await attempt("idle", self._client.idle_check, 0):
            await _readable_or_set(self._client.socket().fileno(), stop, seconds)
        await attempt("idle", self._client.idle_done)

    async def _select(self) -> int:
        """The UID that the next mail will have."""
        try:
            selected = await attempt("select", self._client.select_folder, self._file.mailbox)
        except Refused as refused:
            if refused.passing:
                raise
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
            await attempt("move a mail", self._client.move, [uid], mark.move_to)
            return
        flag = str(mark.flag)
        flags = await attempt("set a flag", self._client.add_flags, [uid], [flag])
        if uid in flags and flag.lower() not in {one.decode("ascii", "replace").lower() for one in flags[uid]}:
            raise MailboxRefused(f"the server does not keep the flag {flag}: write move_to and a folder")


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
