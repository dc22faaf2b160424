"""From a mailbox to intake: each mail is posted, and marked only after intake has answered for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus

from structlog import get_logger

from redress.fetch_mail.answers import Answer, Decision, decide
from redress.fetch_mail.mailbox import Mailbox, MailboxLost, MailboxRefused, TooLarge
from redress.fetch_mail.metrics import MAILS, SEEN, WAITS
from redress.supervisor.backoff import LONGEST_SECONDS, Backoff
from redress.waiting import set_within

LOOK_AGAIN_SECONDS = 300.0
"""How long a wait for mail lasts at most. RFC 2177 asks for less than 29 minutes; a firewall that has forgotten the
connection, of which neither side hears, delays a mail by no more than this."""
LEFT_SECONDS = 60.0
"""When mails that intake could not take are tried again."""
MOST_LEFT = 10
"""After so many in a row it is not the mails."""

log = get_logger(__name__)


class Fetcher:
    """Gives every mail to intake until ``stop`` is set; then the mail at hand is finished, and ``run`` returns.

    Nothing is kept but the marks on the server, so a crash at any moment leaves at most one mail that intake keeps
    and that has no mark. It is posted again, and is the same event by its Message-ID.
    """

    def __init__(
        self,
        open_mailbox: Callable[[], AbstractAsyncContextManager[Mailbox]],
        post: Callable[[bytes], Awaitable[Answer]],
        stop: asyncio.Event,
    ) -> None:
        self.fates: Counter[str] = Counter()
        self.mailbox_open = False
        self.intake_answers = True
        self._open_mailbox = open_mailbox
        self._post = post
        self._stop = stop

    async def run(self) -> None:
        """Fetch, and connect again whenever the mailbox is lost.

        Raises MailboxRefused if the server has never let us in: then somebody is there to read it.
        """
        backoff, clock, was_open = Backoff(), asyncio.get_running_loop().time, False
        while not self._stop.is_set():
            since = clock()
            try:
                async with self._open_mailbox() as mailbox:
                    self.mailbox_open = was_open = True
                    log.info("the mailbox is open")
                    await self._serve(mailbox)
                    return
            except MailboxLost as lost:
                pause = backoff.after_end(clock() - since)
                log.warning("the mailbox is lost", why=str(lost), again_in_seconds=pause)
            except MailboxRefused as refused:
                if not was_open:
                    raise
                pause = LONGEST_SECONDS
                log.warning("the mailbox is refused", why=str(refused), again_in_seconds=pause)
            finally:
                self.mailbox_open = False
            WAITS.labels("mailbox").inc()
            await set_within(self._stop, pause)

    async def _serve(self, mailbox: Mailbox) -> None:
        before: int | None = None
        while not self._stop.is_set():
            first, left = await self._go_through(mailbox)
            if first is not None and first == before:
                raise MailboxRefused(f"the mail with UID {first} got a mark and waits again: marks do not last there")
            before = first
            # What came while others were handled may have been told already: look once more before waiting.
            if first is None and not self._stop.is_set():
                await mailbox.wait(self._stop, LEFT_SECONDS if left else LOOK_AGAIN_SECONDS)

    async def _go_through(self, mailbox: Mailbox) -> tuple[int | None, int]:
        """Of the mails that wait now, the first that got a mark, and how many are left."""
        first: int | None = None
        left = left_in_a_row = seen = 0
        async for uids in mailbox.batches():
            seen += len(uids)
            SEEN.set(seen)
            for uid in uids:
                if self._stop.is_set() or left_in_a_row >= MOST_LEFT:
                    return first, left
                fate = await self._hand_over(mailbox, uid)
                if fate == "left":
                    left, left_in_a_row = left + 1, left_in_a_row + 1
                elif fate is not None:
                    first, left_in_a_row = first or uid, 0
        SEEN.set(seen)
        return first, left

    async def _hand_over(self, mailbox: Mailbox, uid: int) -> str | None:
        """What became of a mail; None if it is gone, or if ``stop`` came first."""
        try:
            mail = await mailbox.fetch(uid)
        except TooLarge:
            answer = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            decision = decide(answer)
        else:
            if mail is None:
                return None
            decision, answer = await self._offer(mail, uid)
        match decision.fate:
            case "wait":
                return None
            case "taken":
                await mailbox.mark_taken(uid)
                log.info("mail taken", uid=uid, event_id=answer.event_id)
            case "refused":
                await mailbox.mark_refused(uid, decision.reason)
                log.warning("mail refused", uid=uid, reason=decision.reason, status=answer.status)
            case "left":
                log.error("mail left for later", uid=uid, reason=decision.reason, status=answer.status)
        self.fates[decision.fate] += 1
        MAILS.labels(decision.fate).inc()
        return decision.fate

    async def _offer(self, mail: bytes, uid: int) -> tuple[Decision, Answer]:
        """Post a mail until intake says something about it. The fate is ``wait`` only if ``stop`` was set meanwhile."""
        backoff = Backoff()
        while True:
            answer = await self._post(mail)
            decision = decide(answer)
            self.intake_answers = decision.fate != "wait"
            if self.intake_answers:
                return decision, answer
            pause = max(decision.wait_seconds, backoff.after_end(0))
            log.warning(
                "intake takes no mail now",
                uid=uid,
                reason=decision.reason,
                status=answer.status,
                again_in_seconds=pause,
            )
            WAITS.labels("intake").inc()
            if await set_within(self._stop, pause):
                return decision, answer
