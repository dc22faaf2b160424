"""What fetching needs of a mailbox: the mails that wait, by UID, each one's bytes, two marks, and a way to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

MOST_IN_A_SEARCH = 50_000
"""Its answer is one line of up to eleven bytes a mail, and imaplib reads lines of up to a million bytes."""


class MailboxLost(Exception):
    """The connection is gone, or the server does not do what it is asked now; the message says at which step."""


class MailboxRefused(Exception):
    """The server does not let this user read this mailbox in this way; the message says what to change."""


class TooLarge(Exception):
    """The mail has more bytes than intake takes."""


class Mailbox(Protocol):
    """A mailbox that is open. Every method raises MailboxLost, and those that mark MailboxRefused."""

    def batches(self) -> AsyncIterator[Sequence[int]]:
        """The UIDs of the mails that have no mark, oldest first, as they are now."""
        ...

    async def fetch(self, uid: int) -> bytes | None:
        """A mail as it arrived, or None if it is gone. Raises TooLarge."""
        ...

    async def mark_taken(self, uid: int) -> None:
        """Set a mail apart that intake keeps."""
        ...

    async def mark_refused(self, uid: int, reason: str) -> None:
        """Set a mail apart that intake refuses, with the reason."""
        ...

    async def wait(self, stop: asyncio.Event, seconds: float) -> None:
        """Return when a mail may have come since ``batches`` began, ``stop`` is set, or ``seconds`` are over."""
        ...


def uid_windows(mails: int, next_uid: int) -> Iterator[tuple[int, int]]:
    """The ranges of UIDs, ends included, to search one by one: none has more mails than one answer holds.

    UIDs have gaps of any size, so it is one range where there are few mails, whatever their UIDs.
    """
    size = MOST_IN_A_SEARCH if mails > MOST_IN_A_SEARCH else next_uid
    for lowest in range(1, next_uid, size):
        yield lowest, min(lowest + size, next_uid) - 1
