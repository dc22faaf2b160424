"""`redress fetch-mail` against Dovecot: every mail once, through kills, restarts and refusals."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from redress.broker import ports
from redress.fetch_mail import imap
from redress.fetch_mail.config_file import FetchMailFile
from redress.fetch_mail.mailbox import MailboxLost, MailboxRefused, TooLarge
from tests.redress.fetch_mail.dovecot import PASSWORD, USER, Dovecot
from tests.redress.fetch_mail.running import FetchMail, Gate, Intake, fetch_mail

pytestmark = [pytest.mark.prove, pytest.mark.asyncio, pytest.mark.timeout(90)]

SUBJECT = "My card was charged twice"
TO_FOLDER = "taken: {move_to: Archive/Taken}"


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that Dovecot's unprivileged processes may enter."""
    if not shutil.which("dovecot") or os.getuid() != 0:
        assert "CI" not in os.environ, "install Debian's dovecot-imapd, and run as root"
        pytest.skip("needs Debian's dovecot-imapd, and root")
    path = Path(tempfile.mkdtemp(prefix="redress-dovecot-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def dovecot(folder: Path) -> Iterator[Dovecot]:
    with Dovecot(folder) as server:
        with server.client() as client:
            for name in ("Archive/Taken", "Refused"):
                client.create_folder(name)
        yield server


@pytest_asyncio.fixture
async def intake() -> AsyncIterator[Intake]:
    intake = Intake()
    async with intake.serve():
        yield intake


@pytest_asyncio.fixture
async def gate(dovecot: Dovecot) -> AsyncIterator[Gate]:
    gate = Gate(dovecot.port)
    async with gate.serve():
        yield gate


def deliver(dovecot: Dovecot, *numbers: int, mailbox: str = "INBOX") -> None:
    with dovecot.client() as client:
        for number in numbers:
            client.append(mailbox, mail(number))


def mail(number: int) -> bytes:
    head = f"From: ann@example.org\r\nSubject: {SUBJECT}\r\nMessage-ID: <{number}@example.org>\r\n\r\n"
    return head.encode() + "退款 please\r\n".encode("gb18030")


def ids(*numbers: int) -> set[str]:
    return {f"<{number}@example.org>" for number in numbers}


def configure(tmp_path: Path, port: int, *lines: str) -> Path:
    path = tmp_path / "fetch-mail.yaml"
    head = ["version: 1", "server: 127.0.0.1", f"port: {port}", f"user: {USER}"]
    tls = [] if any(line.startswith("tls:") for line in lines) else ["tls: none"]
    path.write_text("\n".join([*head, *tls, *lines, ""]), encoding="utf-8")
    return path


def flags_of(dovecot: Dovecot, mailbox: str = "INBOX") -> dict[int, set[bytes]]:
    with dovecot.client() as client:
        client.select_folder(mailbox, readonly=True)
        uids = client.search("ALL")
        return {uid: set(found) - {rb"\Recent"} for uid, found in client.get_flags(uids).items()}


def without_personal_data(run: FetchMail) -> bool:
    return not any(word in run.text for word in (SUBJECT, "example.org", "ann@", PASSWORD, "word", "退款"))


async def test_each_mail_is_posted_once_as_it_came_and_idle_wakes_for_the_next(
    dovecot: Dovecot, gate: Gate, intake: Intake, tmp_path: Path
) -> None:
    config = configure(tmp_path, gate.port)
    deliver(dovecot, 1, 2, 3)
    async with fetch_mail(config, intake) as run:
        await gate.idling.wait()
        deliver(dovecot, 4)
        await run.until(lambda: run.taken == 4)
        assert await run.end() == {"taken": 4, "refused": 0, "left": 0}
    deliver(dovecot, 5)
    async with fetch_mail(config, intake) as again:
        await again.until(lambda: again.taken == 1)
        assert await again.end() == {"taken": 1, "refused": 0, "left": 0}
    assert intake.posts == dict.fromkeys(ids(1, 2, 3, 4, 5), 1)
    assert intake.events["<1@example.org>"] == mail(1)
    assert flags_of(dovecot) == {uid: {b"$Redress"} for uid in range(1, 6)}


@pytest.mark.parametrize(
    ("lines", "command"), [([], b" STORE "), ([TO_FOLDER], b" MOVE ")], ids=["by a flag", "by a move"]
)
@pytest.mark.parametrize("moment", ["before the answer", "before the mark", "after the mark"])
async def test_a_kill_at_any_moment_loses_no_mail_and_makes_no_second_event(
    dovecot: Dovecot, gate: Gate, intake: Intake, tmp_path: Path, lines: list[str], command: bytes, moment: str
) -> None:
    deliver(dovecot, 1, 2, 3)
    marking = False
    async with fetch_mail(configure(tmp_path, gate.port, *lines), intake) as run:

        def from_client(piece: bytes) -> bool:
            nonlocal marking
            marking = command in piece and "<2@example.org>" in intake.events
            if marking and moment == "before the mark":
                run.kill()
                return True
            return False

        def from_server(_: bytes) -> bool:
            if marking and moment == "after the mark":
                run.kill()
            return marking and moment == "after the mark"

        def before_answer(message_id: str) -> None:
            if moment == "before the answer" and message_id == "<2@example.org>":
                run.kill()

        gate.from_client, gate.from_server, intake.before_answer = from_client, from_server, before_answer
        assert await run.ended() == -9
    assert set(intake.events) == ids(1, 2)
    intake.before_answer = lambda _: None
    async with fetch_mail(configure(tmp_path, dovecot.port, *lines), intake) as again:
        left = 1 if moment == "after the mark" else 2
        await again.until(lambda: again.taken == left)
        assert (await again.end())["taken"] == left
    assert set(intake.events) == ids(1, 2, 3)
    assert intake.posts == {"<1@example.org>": 1, "<2@example.org>": 3 - 1 if left == 2 else 1, "<3@example.org>": 1}
    if lines:
        assert flags_of(dovecot) == {}
        assert len(flags_of(dovecot, "Archive/Taken")) == 3
    else:
        assert flags_of(dovecot) == {uid: {b"$Redress"} for uid in (1, 2, 3)}


@pytest.mark.parametrize("lines", [[], ["refused: {move_to: Refused}"]], ids=["by a flag", "by a move"])
async def test_a_refused_mail_stands_aside_with_its_reason(
    dovecot: Dovecot, intake: Intake, tmp_path: Path, lines: list[str]
) -> None:
    intake.refuses = {"<1@example.org>": (422, "mail-loop"), "<2@example.org>": (413, "too-large")}
    deliver(dovecot, 1, 2, 3)
    config = configure(tmp_path, dovecot.port, *lines)
    async with fetch_mail(config, intake) as run:
        await run.until(lambda: run.taken == 1)
        assert await run.end() == {"taken": 1, "refused": 2, "left": 0}
    assert [line["reason"] for line in run.lines if line["event"] == "mail refused"] == ["mail-loop", "too-large"]
    assert without_personal_data(run)
    own = set() if lines else {b"$RedressRefused"}
    aside = {1: own | {b"$Redress-mail-loop"}, 2: own | {b"$Redress-too-large"}}
    assert flags_of(dovecot) == {3: {b"$Redress"}} | ({} if lines else aside)
    if lines:
        assert flags_of(dovecot, "Refused") == aside
    deliver(dovecot, 4)
    async with fetch_mail(config, intake) as again:
        await again.until(lambda: again.taken == 1)
    assert intake.posts == dict.fromkeys(ids(1, 2, 3, 4), 1)


async def test_it_waits_for_intake_and_ends_while_it_waits(dovecot: Dovecot, intake: Intake, tmp_path: Path) -> None:
    intake.refuses = {"<1@example.org>": (503, "kafka-away")}
    deliver(dovecot, 1, 2)
    admin = f"127.0.0.1:{ports.choose(1)[0]}"
    environment = {"REDRESS_FETCH_MAIL_ADMIN": admin}
    async with fetch_mail(configure(tmp_path, dovecot.port), intake, environment) as run:
        await run.until_line("intake takes no mail now", reason="kafka-away", status=503)
        async with aiohttp.ClientSession(f"http://{admin}") as session:
            async with session.get("/readyz") as ready:
                assert (ready.status, await ready.json()) == (503, {"ready": False, "mailbox": True, "intake": False})
            async with session.get("/metrics") as metrics:
                assert "redress_fetch_mail_waiting_mails 2.0" in await metrics.text()
        assert await run.end() == {"taken": 0, "refused": 0, "left": 0}
    assert flags_of(dovecot) == {1: set(), 2: set()}
    intake.refuses.clear()
    async with fetch_mail(configure(tmp_path, dovecot.port), intake) as again:
        await again.until(lambda: again.taken == 2)
    assert without_personal_data(run)


async def test_it_comes_back_after_the_server_was_restarted(
    dovecot: Dovecot, gate: Gate, intake: Intake, tmp_path: Path
) -> None:
    deliver(dovecot, 1)
    async with fetch_mail(configure(tmp_path, gate.port), intake) as run:
        await gate.idling.wait()
        dovecot.stop()
        await run.until_line("the mailbox is lost")
        dovecot.start()
        deliver(dovecot, 2)
        await run.until(lambda: run.taken == 2)
        assert await run.end() == {"taken": 2, "refused": 0, "left": 0}
    assert intake.posts == dict.fromkeys(ids(1, 2), 1)


async def test_a_mailbox_that_begins_anew_with_the_same_uids_is_read_anew(
    dovecot: Dovecot, intake: Intake, tmp_path: Path
) -> None:
    with dovecot.client() as client:
        client.create_folder("Complaints")
    deliver(dovecot, 1, mailbox="Complaints")
    async with fetch_mail(configure(tmp_path, dovecot.port, "mailbox: Complaints"), intake) as run:
        await run.until(lambda: run.taken == 1)
        with dovecot.client() as client:
            client.delete_folder("Complaints")
            client.create_folder("Complaints")
        deliver(dovecot, 2, mailbox="Complaints")
        await run.until(lambda: run.taken == 2)
    assert [line["uid"] for line in run.lines if line["event"] == "mail taken"] == [1, 1]
    assert intake.posts == dict.fromkeys(ids(1, 2), 1)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_over_tls_the_server_has_to_show_a_certificate_that_is_trusted(
    dovecot: Dovecot, intake: Intake, tmp_path: Path, tls: str
) -> None:
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    config = configure(tmp_path, port, f"tls: {tls}")
    deliver(dovecot, 1)
    async with fetch_mail(config, intake) as distrusting:
        await distrusting.until_line("the mailbox is lost")
        assert "the certificate is not trusted" in distrusting.text
    async with fetch_mail(config, intake, {"SSL_CERT_FILE": str(dovecot.authority)}) as run:
        await run.until(lambda: run.taken == 1)
        await run.end()
    assert intake.posts == dict.fromkeys(ids(1), 1)


@pytest.mark.parametrize(
    ("lines", "password", "said"),
    [
        ([], "another", "the server refuses this user or password [AUTHENTICATIONFAILED]"),
        (["mailbox: Nowhere"], PASSWORD, "the mailbox 'Nowhere' cannot be opened: select: the server refuses it"),
        (["taken: {move_to: Nowhere}"], PASSWORD, "taken: there is no folder 'Nowhere'; create it"),
    ],
)
async def test_what_can_never_work_ends_it_at_once_and_says_what_to_change(
    dovecot: Dovecot, intake: Intake, tmp_path: Path, lines: list[str], password: str, said: str
) -> None:
    config = configure(tmp_path, dovecot.port, *lines)
    async with fetch_mail(config, intake, {"REDRESS_MAIL_PASSWORD": password}) as run:
        assert await run.ended() == 2
    assert said in run.text
    assert "Traceback" not in run.text
    assert password not in run.text


def file(dovecot: Dovecot, **fields: object) -> FetchMailFile:
    written = {"version": "1", "server": "127.0.0.1", "port": dovecot.port, "tls": "none", "user": USER, **fields}
    return FetchMailFile.model_validate(written)


async def list_uids(mailbox: imap.ImapMailbox) -> list[int]:
    return [uid async for uids in mailbox.batches() for uid in uids]


@pytest.mark.parametrize("tls", ["none", "implicit"])
async def test_a_mail_that_comes_between_the_search_and_idle_wakes_it(
    dovecot: Dovecot, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dovecot tells of it in one piece with the line that begins IDLE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    port = dovecot.port if tls == "none" else dovecot.tls_port
    async with imap.open_mailbox(file(dovecot, tls=tls, port=port), PASSWORD) as mailbox, asyncio.timeout(30):
        for number in range(1, 6):
            assert await list_uids(mailbox) == []
            deliver(dovecot, number)
            await mailbox.wait(asyncio.Event(), 600)
            assert await list_uids(mailbox) == [number]
            await mailbox.mark_taken(number)


async def test_a_mail_that_another_command_s_answer_has_told_of_wakes_it(dovecot: Dovecot) -> None:
    deliver(dovecot, 1)
    async with imap.open_mailbox(file(dovecot), PASSWORD) as mailbox, asyncio.timeout(30):
        assert await list_uids(mailbox) == [1]
        deliver(dovecot, 2)
        await mailbox.mark_taken(1)
        await mailbox.wait(asyncio.Event(), 600)
        assert await list_uids(mailbox) == [2]


async def test_who_is_told_to_end_ends_in_the_middle_of_idle(dovecot: Dovecot) -> None:
    stop = asyncio.Event()
    async with imap.open_mailbox(file(dovecot), PASSWORD) as mailbox, asyncio.timeout(30):
        assert await list_uids(mailbox) == []
        stop.set()
        await mailbox.wait(stop, 600)
        assert await list_uids(mailbox) == []


async def test_more_than_intake_takes_is_not_read(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(dovecot, 1)
    async with imap.open_mailbox(file(dovecot), PASSWORD) as mailbox:
        monkeypatch.setattr(imap, "LARGEST_BYTES", len(mail(1)))
        assert await mailbox.fetch(1) == mail(1)
        monkeypatch.setattr(imap, "LARGEST_BYTES", len(mail(1)) - 1)
        with pytest.raises(TooLarge):
            await mailbox.fetch(1)
        assert await mailbox.fetch(99) is None


async def test_a_server_without_idle_is_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "POLL_SECONDS", 0.01)
    with Dovecot(folder, capability="IMAP4rev1 UIDPLUS") as server:
        async with imap.open_mailbox(file(server), PASSWORD) as mailbox:
            assert await list_uids(mailbox) == []
            deliver(server, 1)
            await mailbox.wait(asyncio.Event(), 600)
            assert await list_uids(mailbox) == [1]
        with pytest.raises(MailboxRefused, match="cannot move mails"):
            async with imap.open_mailbox(file(server, taken={"move_to": "Archive"}), PASSWORD):
                pass


async def test_a_server_that_is_not_there_is_lost_and_not_refused(dovecot: Dovecot) -> None:
    dovecot.stop()
    with pytest.raises(MailboxLost, match=r"connect to 127\.0\.0\.1:[0-9]+: Connection refused"):
        async with imap.open_mailbox(file(dovecot), PASSWORD):
            pass
