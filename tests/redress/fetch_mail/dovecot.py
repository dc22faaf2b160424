"""A real IMAP server of a test's own: Dovecot on loopback, with one user and an empty mailbox."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import trustme
from imapclient import IMAPClient

from redress.broker import ports
from redress.supervisor.leash import Leash

USER, PASSWORD = "complaints@shop.example", 'pass "word" \\ 密码'
NOBODY = 65_534

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
instance_name = {folder}
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
mail_location = maildir:{folder}/mail
mail_fsync = never
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
imap_capability = {capability}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={folder}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class Dovecot:
    """A server that runs while the block does. ``capability`` replaces what it says that it can."""

    def __init__(self, folder: Path, *, capability: str = "", mechanisms: str = "plain login") -> None:
        self.port, self.tls_port = ports.choose(2)
        self.authority = folder / "authority.pem"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        certificate_authority = trustme.CA()
        certificate = certificate_authority.issue_cert("127.0.0.1", "localhost")
        certificate_authority.cert_pem.write_to_path(self.authority)
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        for position, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(folder / "certificate.pem", append=position > 0)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        (folder / "dovecot.conf").write_text(
            CONFIGURATION.format(
                folder=folder,
                port=self.port,
                tls_port=self.tls_port,
                capability=capability,
                mechanisms=mechanisms,
                nobody=NOBODY,
            ),
            encoding="utf-8",
        )
        (folder / "mail").mkdir()
        for path in (folder, folder / "mail"):
            os.chown(path, NOBODY, NOBODY)

    @property
    def log(self) -> str:
        log = self._folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def start(self) -> None:
        """Return when it accepts connections."""
        program = shutil.which("dovecot")
        assert program, "install Debian's dovecot-imapd"
        self._leash = Leash()  # so that it ends with the tests, however they end
        command = [program, "-F", "-c", self._folder / "dovecot.conf"]
        self._process = self._leash.start(command, environment=os.environ)
        while True:
            assert self._process.poll() is None, self.log
            with suppress(OSError), self.client():
                return

    def stop(self) -> None:
        """As a restart of the machine does: every session is closed."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._leash.close()
        self._process = None

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """A session of somebody else with the same mailbox, as a mail delivery or a person has."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=30)
        try:
            client.plain_login(USER, PASSWORD)
            yield client
        finally:
            client.shutdown()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
