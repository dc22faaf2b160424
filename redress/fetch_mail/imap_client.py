"""IMAPClient, without what it would lose or keep of a mail."""

from __future__ import annotations

import socket
from typing import Any

from imapclient import IMAPClient, SocketTimeout

CONNECT_SECONDS, READ_SECONDS = 30, 60


class Client(IMAPClient):  # type: ignore[misc]  # IMAPClient is untyped
    """A connection to a server; with ``tls`` it is encrypted from its first byte on, else from ``starttls`` on."""

    def __init__(self, server: str, port: int, *, tls: bool) -> None:
        self._look_into_buffer = False
        super().__init__(server, port, ssl=tls, timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS))
        # At 5, as IMAPClient sets it, imaplib makes text of every response for its log: of a whole mail as well.
        self._imap.debug = 0

    def sign_in(self, user: str, password: str) -> None:
        """Raises LoginError. SASL's PLAIN, where the server knows it, takes more than ASCII."""
        if self.has_capability("AUTH=PLAIN"):
            self.plain_login(user, password)
        else:
            self.login(user, password)

    def reported_mails(self) -> int:
        """The highest number of mails that the server has told since this was last asked; 0 if it told none."""
        _, numbers = self._imap.response("EXISTS")
        return max((int(number) for number in numbers if number), default=0)

    def idle(self) -> None:
        """Begin to idle; ask ``idle_check(0)`` once before waiting for the socket."""
        super().idle()
        self._look_into_buffer = True

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        # Dovecot sends what is new together with the line that begins IDLE. Both are then in imaplib's buffer, and the
        # socket, which idle_check polls, stays silent: look once without asking it. The reading does not block.
        if self._look_into_buffer:
            self._look_into_buffer = False
            return True
        return super()._poll_socket(sock, timeout)
