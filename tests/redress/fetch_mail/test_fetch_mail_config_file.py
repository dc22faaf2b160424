"""fetch-mail.yaml: what it may say, and how a fault in it is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from redress.fetch_mail.config_file import FetchMailFile, Mark
from services.config.yaml_files import ConfigError, load

LEAST = "version: 1\nserver: imap.shop.example\nuser: complaints@shop.example\n"


def read(tmp_path: Path, text: str) -> FetchMailFile:
    path = tmp_path / "fetch-mail.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, FetchMailFile)


def test_server_and_user_are_enough(tmp_path: Path) -> None:
    file = read(tmp_path, LEAST)
    assert (file.tls, file.used_port, file.mailbox) == ("implicit", 993, "INBOX")
    assert (file.taken, file.refused) == (Mark(flag="$Redress"), Mark(flag="$RedressRefused"))


@pytest.mark.parametrize(
    ("added", "port"),
    [("tls: starttls", 143), ("tls: starttls\nport: 1143", 1143), ("port: 1993", 1993), ("tls: implicit", 993)],
)
def test_the_port_is_that_of_the_tls_unless_it_is_written(tmp_path: Path, added: str, port: int) -> None:
    assert read(tmp_path, LEAST + added).used_port == port


@pytest.mark.parametrize("server", ["127.0.0.1", "localhost", "::1"])
def test_on_loopback_nothing_has_to_be_encrypted(tmp_path: Path, server: str) -> None:
    assert read(tmp_path, f"version: 1\nserver: '{server}'\nuser: u\ntls: none\n").tls == "none"


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ("tls: none", "4: /tls: the password and the mails would cross the network in clear"),
        ("tls: yes", "4: /tls: "),
        ("password: hunter2", "4: /password: no password stands in this file"),
        ("port: 0", "4: /port: "),
        ("folder: x", "4: /folder: there is no such field here"),
        ("mailbox: in*", "4: /mailbox: this is no folder's name"),
        ("taken: {}", "4: /taken: write one of `flag` and `move_to`"),
        ("taken: {flag: a, move_to: b}", "4: /taken: write one of"),
        ("taken: {flag: \\Seen}", "4: /taken/flag: "),
        ("taken: {flag: two words}", "4: /taken/flag: "),
        ("taken: {move_to: inbox}", "4: /taken: this moves mails to where they are"),
        ("mailbox: A\nrefused: {move_to: A}", "5: /refused: this moves mails to where they are"),
        ("taken: {flag: $x}\nrefused: {flag: $X}", "5: /refused: taken mails have this flag too"),
        ("taken: {flag: $redressrefused}", "1: /: taken mails have this flag too"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_to_write(tmp_path: Path, added: str, fault: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"{LEAST}{added}\n")
    assert f"fetch-mail.yaml:{fault}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_page_shows_a_file_that_its_schema_and_the_loader_take(tmp_path: Path) -> None:
    page = Path("docs/mail-fetching.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    schema = json.loads(Path("services/config/default/fetch-mail.schema.json").read_bytes())
    assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(example))) == []
    file = read(tmp_path, example)
    assert file == read(tmp_path, LEAST + f"password_file: {file.password_file}\nport: 993\n")


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, "version: 1\nserver: https://imap\ntaken: {}\nport: 70000\n")
    assert len(str(refused.value).splitlines()) == 4
