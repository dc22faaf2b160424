"""In which order mails are posted and marked, and what happens when the mailbox or intake fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from redress.fetch_mail import fetching
from redress.fetch_mail.answers import Answer
from redress.fetch_mail.fetching import LEFT_SECONDS, LOOK_AGAIN_SECONDS, MOST_LEFT, Fetcher
from redress.fetch_mail.mailbox import MOST_IN_A_SEARCH, MailboxLost, MailboxRefused, TooLarge, uid_windows

ACCEPTED = Answer(202, event_id="e")
AWAY = Answer(503, problem="kafka-away")
LOOP = Answer(422, problem="mail-loop")
DEFECT = Answer(500, problem="internal")


class FakeMailbox:
    """Mails and marks as a server holds them, over all connections. It is stopped when there is nothing more to do."""

    def __init__(self, mails: dict[int, bytes], stop: asyncio.Event) -> None:
        self.mails = mails
        self.marks: dict[int, str] = {}
        self.done: list[str] = []
        self.waits: list[float] = []
        self.opened = 0
        self.fails: dict[str, Exception] = {}
        self.on_wait: list[Callable[[], None]] = []
        self._stop = stop

    @asynccontextmanager
    async def open(self) -> AsyncIterator[FakeMailbox]:
        self.opened += 1
        self._fail_at("open")
        yield self

    async def batches(self) -> AsyncIterator[Sequence[int]]:
        waiting = sorted(uid for uid in self.mails if uid not in self.marks)
        for first in range(0, len(waiting), 2):
            yield waiting[first : first + 2]

    async def fetch(self, uid: int) -> bytes | None:
        self._fail_at(f"fetch {uid}")
        return self.mails.get(uid)

    async def mark_taken(self, uid: int) -> None:
        self._mark(uid, "taken")

    async def mark_refused(self, uid: int, reason: str) -> None:
        self._mark(uid, reason)

    async def wait(self, stop: asyncio.Event, seconds: float) -> None:
        self.waits.append(seconds)
        if self.on_wait:
            self.on_wait.pop(0)()
        else:
            stop.set()

    def _mark(self, uid: int, mark: str) -> None:
        self._fail_at(f"mark {uid}")
        self.done.append(f"mark {uid}")
        self.marks[uid] = mark

    def _fail_at(self, step: str) -> None:
        if error := self.fails.pop(step, None):
            raise error


class Forgetful(dict[int, str]):
    """Marks of a server that does not keep them."""

    def __setitem__(self, uid: int, mark: str) -> None: ...


class Intake:
    """Answers each mail from its list of answers, then with 202."""

    def __init__(self, mailbox: FakeMailbox, answers: dict[bytes, list[Answer]] | None = None) -> None:
        self.posted: list[bytes] = []
        self._mailbox = mailbox
        self._answers = answers or {}

    async def post(self, mail: bytes) -> Answer:
        self.posted.append(mail)
        self._mailbox.done.append(f"post {mail.decode()}")
        answers = self._answers.get(mail)
        return answers.pop(0) if answers else ACCEPTED


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which lasts."""
    made: list[float] = []

    async def set_at_once(event: asyncio.Event, seconds: float) -> bool:
        made.append(seconds)
        return event.is_set()

    monkeypatch.setattr(fetching, "set_within", set_at_once)
    return made


async def fetch(
    mails: dict[int, bytes],
    answers: dict[bytes, list[Answer]] | None = None,
    *,
    fails: dict[str, Exception] | None = None,
    on_wait: Sequence[Callable[[FakeMailbox], None]] = (),
) -> tuple[FakeMailbox, Intake, Fetcher]:
    stop = asyncio.Event()
    mailbox = FakeMailbox(mails, stop)
    mailbox.fails = fails or {}
    mailbox.on_wait = [lambda act=act: act(mailbox) for act in on_wait]  # type: ignore[misc]
    intake = Intake(mailbox, answers)
    fetcher = Fetcher(mailbox.open, intake.post, stop)
    await fetcher.run()
    return mailbox, intake, fetcher


@pytest.mark.asyncio
async def test_each_mail_is_marked_after_its_202_and_before_the_next_is_posted(pauses: list[float]) -> None:
    mailbox, _, fetcher = await fetch({7: b"a", 9: b"b", 30: b"c"})
    assert mailbox.done == ["post a", "mark 7", "post b", "mark 9", "post c", "mark 30"]
    assert fetcher.fates == {"taken": 3}
    assert pauses == []


@pytest.mark.asyncio
async def test_a_mail_that_comes_while_one_waits_is_fetched(pauses: list[float]) -> None:
    mailbox, _, _ = await fetch({1: b"a"}, on_wait=[lambda mailbox: mailbox.mails.update({2: b"b"})])
    assert mailbox.marks == {1: "taken", 2: "taken"}
    assert mailbox.waits == [LOOK_AGAIN_SECONDS] * 2


@pytest.mark.asyncio
async def test_the_mailbox_is_looked_at_again_before_waiting(pauses: list[float]) -> None:
    mailbox = FakeMailbox({1: b"a"}, stop := asyncio.Event())
    intake = Intake(mailbox)

    async def post(mail: bytes) -> Answer:
        mailbox.mails.setdefault(2, b"b")  # it comes while the first is on its way
        return await intake.post(mail)

    await Fetcher(mailbox.open, post, stop).run()
    assert mailbox.marks == {1: "taken", 2: "taken"}
    assert len(mailbox.waits) == 1


@pytest.mark.asyncio
async def test_a_mail_is_posted_again_until_intake_says_something_about_it(pauses: list[float]) -> None:
    slow = Answer(429, problem="rate-exceeded", retry_after=40)
    mailbox, intake, _ = await fetch({1: b"a", 2: b"b"}, {b"a": [AWAY, AWAY, Answer(0), slow]})
    assert intake.posted == [b"a"] * 5 + [b"b"]
    assert pauses == [0.5, 1.0, 2.0, 40]
    assert mailbox.marks == {1: "taken", 2: "taken"}


@pytest.mark.asyncio
async def test_a_refused_mail_stands_aside_with_its_reason_and_the_next_is_taken(pauses: list[float]) -> None:
    mailbox, _, fetcher = await fetch({1: b"a", 2: b"b"}, {b"a": [LOOP]})
    assert mailbox.marks == {1: "mail-loop", 2: "taken"}
    assert fetcher.fates == {"refused": 1, "taken": 1}


@pytest.mark.asyncio
async def test_a_mail_that_is_too_large_is_refused_without_being_posted(pauses: list[float]) -> None:
    mailbox, intake, _ = await fetch({1: b"a"}, fails={"fetch 1": TooLarge()})
    assert mailbox.marks == {1: "too-large"}
    assert intake.posted == []


@pytest.mark.asyncio
async def test_a_mail_that_is_gone_when_it_is_fetched_is_passed_over(pauses: list[float]) -> None:
    stop = asyncio.Event()
    mailbox = FakeMailbox({1: b"a", 2: b"b"}, stop)

    async def post(_: bytes) -> Answer:
        mailbox.mails.pop(2, None)
        return ACCEPTED

    await Fetcher(mailbox.open, post, stop).run()
    assert mailbox.marks == {1: "taken"}


@pytest.mark.asyncio
async def test_a_mail_that_breaks_intake_does_not_keep_others_waiting_and_is_tried_again(pauses: list[float]) -> None:
    mailbox, intake, fetcher = await fetch({1: b"a", 2: b"b"}, {b"a": [DEFECT, DEFECT]}, on_wait=[lambda _: None])
    assert intake.posted == [b"a", b"b", b"a", b"a"]
    assert mailbox.waits == [LEFT_SECONDS, LOOK_AGAIN_SECONDS]
    assert fetcher.fates == {"left": 2, "taken": 2}


@pytest.mark.asyncio
async def test_if_every_mail_breaks_intake_not_all_are_tried(pauses: list[float]) -> None:
    mails = {uid: str(uid).encode() for uid in range(1, 1_000)}
    mailbox, intake, _ = await fetch(mails, {mail: [DEFECT] for mail in mails.values()})
    assert len(intake.posted) == MOST_LEFT
    assert mailbox.waits == [LEFT_SECONDS]


@pytest.mark.asyncio
async def test_after_a_crash_between_202_and_mark_the_mail_is_posted_again(pauses: list[float]) -> None:
    mailbox, intake, _ = await fetch({1: b"a", 2: b"b"}, fails={"mark 1": MailboxLost("set a flag: gone")})
    assert intake.posted == [b"a", b"a", b"b"]
    assert mailbox.marks == {1: "taken", 2: "taken"}
    assert mailbox.opened == 2


@pytest.mark.asyncio
async def test_a_lost_mailbox_is_opened_again_after_pauses_that_grow(pauses: list[float]) -> None:
    mailbox = FakeMailbox({1: b"a"}, stop := asyncio.Event())
    times = iter(range(5))

    @asynccontextmanager
    async def open_fifth() -> AsyncIterator[FakeMailbox]:
        if next(times) < 4:
            raise MailboxLost("connect: refused")
        yield mailbox

    await Fetcher(open_fifth, Intake(mailbox).post, stop).run()
    assert pauses == [0.5, 1.0, 2.0, 4.0]
    assert mailbox.marks == {1: "taken"}


@pytest.mark.asyncio
async def test_a_mailbox_that_refuses_from_the_start_ends_it(pauses: list[float]) -> None:
    with pytest.raises(MailboxRefused, match="password"):
        await fetch({}, fails={"open": MailboxRefused("the server refuses this user or password")})


@pytest.mark.asyncio
async def test_a_mailbox_that_refuses_later_is_tried_at_the_slowest_pace(pauses: list[float]) -> None:
    def lose(mailbox: FakeMailbox) -> None:
        mailbox.mails[1] = b"a"
        mailbox.fails = {"fetch 1": MailboxLost("gone"), "open": MailboxRefused("the server refuses the password")}

    mailbox, _, _ = await fetch({}, on_wait=[lose])
    assert pauses == [0.5, 30.0]
    assert mailbox.marks == {1: "taken"}


@pytest.mark.asyncio
async def test_a_server_whose_marks_do_not_last_is_not_given_one_mail_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = FakeMailbox({1: b"a", 2: b"b"}, stop := asyncio.Event())
    mailbox.marks = Forgetful()
    intake = Intake(mailbox)

    async def stop_in_the_pause(event: asyncio.Event, seconds: float) -> bool:
        assert seconds == 30.0
        stop.set()
        return True

    monkeypatch.setattr(fetching, "set_within", stop_in_the_pause)
    await Fetcher(mailbox.open, intake.post, stop).run()
    assert intake.posted == [b"a", b"b"] * 2


@pytest.mark.asyncio
async def test_the_mail_at_hand_is_finished_and_no_other_begun() -> None:
    stop = asyncio.Event()
    mailbox = FakeMailbox({1: b"a", 2: b"b"}, stop)

    async def post(_: bytes) -> Answer:
        stop.set()
        return ACCEPTED

    await Fetcher(mailbox.open, post, stop).run()
    assert mailbox.marks == {1: "taken"}


@pytest.mark.asyncio
async def test_who_is_told_to_end_does_not_wait_for_intake_to_come_back() -> None:
    stop = asyncio.Event()
    mailbox = FakeMailbox({1: b"a"}, stop)

    async def post(_: bytes) -> Answer:
        stop.set()
        return Answer(503, retry_after=300)

    await Fetcher(mailbox.open, post, stop).run()
    assert mailbox.marks == {}


@pytest.mark.parametrize(
    ("mails", "next_uid", "windows"),
    [
        (0, 1, []),
        (3, 8, [(1, 7)]),
        (MOST_IN_A_SEARCH, 2**32, [(1, 2**32 - 1)]),
        (50_001, 50_002, [(1, 50_000), (50_001, 50_001)]),
        (60_000, 100_001, [(1, 50_000), (50_001, 100_000)]),
    ],
)
def test_no_search_can_find_more_mails_than_one_answer_holds(
    mails: int, next_uid: int, windows: list[tuple[int, int]]
) -> None:
    assert list(uid_windows(mails, next_uid)) == windows
