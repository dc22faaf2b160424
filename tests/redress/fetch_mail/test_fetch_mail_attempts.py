"""What an error of the IMAP library means, and how little of it is passed on."""

from __future__ import annotations

import socket

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError, LoginError

from redress.fetch_mail.attempts import Refused, attempt
from redress.fetch_mail.mailbox import MailboxLost, MailboxRefused
from redress.fetch_mail.session import sign_in

LINE = "ann@example.org wrote [secret]"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (IMAPClientAbortError(f"unexpected response: {LINE}"), MailboxLost, "fetch: the connection ended"),
        (IMAPClientError(f"fetch failed: [SERVERBUG] {LINE}"), Refused, "fetch: the server refuses it [SERVERBUG]"),
        (IMAPClientError(f"fetch failed: {LINE}"), Refused, "fetch: the server refuses it"),
        (IMAPClientReadOnlyError(LINE), Refused, "this user may only read it; marks need the right to write"),
        (ConnectionResetError(104, "Connection reset by peer"), MailboxLost, "fetch: Connection reset by peer"),
        (socket.gaierror(-2, "Name or service not known"), MailboxLost, "fetch: Name or service not known"),
        (TimeoutError("timed out"), MailboxLost, "fetch: TimeoutError"),
        (ValueError(LINE), MailboxLost, "fetch: the answer makes no sense (ValueError)"),
        (UnicodeDecodeError("ascii", b"\xff", 0, 1, LINE), MailboxLost, "fetch: the answer makes no sense"),
    ],
)
async def test_the_step_and_the_kind_are_told_and_no_line_of_the_server(
    error: Exception, kind: type[Exception], said: str
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(MailboxLost) as raised:
        await attempt("fetch", fail)
    assert type(raised.value) is kind
    assert str(raised.value).startswith(said)
    assert "ann" not in str(raised.value)
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


class Server:
    """Refuses every user in its own way."""

    def __init__(self, error: Exception, cause: Exception | None = None) -> None:
        self._error = error
        self._error.__context__ = cause

    def sign_in(self, user: str, password: str) -> None:
        raise self._error


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("error", "cause", "kind"),
    [
        (LoginError("[AUTHENTICATIONFAILED] no"), None, MailboxRefused),
        (LoginError("no"), None, MailboxRefused),
        (LoginError("[UNAVAILABLE] the directory is away"), None, MailboxLost),
        (LoginError("[LIMIT] too many sessions"), None, MailboxLost),
        (LoginError("command: LOGIN => socket error: EOF"), IMAPClientAbortError("socket error: EOF"), MailboxLost),
        (IMAPClientAbortError("socket error: EOF"), None, MailboxLost),
        (ConnectionResetError(104, "Connection reset by peer"), None, MailboxLost),
        (UnicodeEncodeError("ascii", "密", 0, 1, "ordinal not in range"), None, MailboxRefused),
    ],
)
async def test_a_wrong_password_is_told_from_a_server_that_cannot_look_it_up_now(
    error: Exception, cause: Exception | None, kind: type[Exception]
) -> None:
    with pytest.raises((MailboxLost, MailboxRefused)) as raised:
        await sign_in(Server(error, cause), "u", "p")  # type: ignore[arg-type]
    assert type(raised.value) is kind
