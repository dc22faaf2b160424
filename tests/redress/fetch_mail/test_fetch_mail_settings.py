"""Where intake is, which key and which password: what the environment may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from redress.fetch_mail.config_file import FetchMailFile
from redress.fetch_mail.settings import Settings
from services.config.yaml_files import ConfigError


def file(password_file: Path | None = None) -> FetchMailFile:
    return FetchMailFile(version="1", server="imap.shop.example", user="u", password_file=password_file)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80", "https://intake.shop.example/redress/"]
)
def test_intake_is_reached_over_tls_or_loopback(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_INTAKE_URL", url)
    assert Settings().intake_url == url


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://intake.shop.example", "in clear: write https://"),
        ("intake:8080", "write a URL such as"),
        ("https://", "write a URL such as"),
        ("http://127.0.0.1:99999", "write a URL such as"),
        ("https://user:secret@intake", "write a URL such as"),
        ("ftp://127.0.0.1", "write a URL such as"),
    ],
)
def test_any_other_url_is_refused_and_not_quoted(url: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_INTAKE_URL", url)
    with pytest.raises(ConfigError, match="REDRESS_INTAKE_URL: .*" + advice) as refused:
        Settings()
    assert "secret" not in str(refused.value)


def test_the_password_is_the_file_s_line_or_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_MAIL_PASSWORD", "of the variable")
    path = tmp_path / "password"
    path.write_text(" 密码 \r\n", encoding="utf-8")
    assert Settings().read_password(file(path)) == " 密码 "
    assert Settings().read_password(file()) == "of the variable"


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe"])
def test_a_file_without_one_password_is_refused_and_not_quoted(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="password: ") as refused:
        Settings().read_password(file(path))
    assert "two" not in str(refused.value)


def test_without_a_password_it_says_where_to_put_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="set REDRESS_MAIL_PASSWORD"):
        Settings().read_password(file())
    with pytest.raises(ConfigError, match="absent: the password cannot be read: No such file"):
        Settings().read_password(file(tmp_path / "absent"))


def test_the_mailbox_s_file_is_named_or_stands_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().find_file(tmp_path / "mine.yaml") == tmp_path / "mine.yaml"
    with pytest.raises(ConfigError, match="--config"):
        Settings().find_file(None)
    monkeypatch.setenv("REDRESS_CONFIG", str(tmp_path))
    assert Settings().find_file(None) == tmp_path / "fetch-mail.yaml"


def test_secrets_show_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_MAIL_PASSWORD", "hunter2")
    monkeypatch.setenv("REDRESS_INTAKE_KEY", "hunter2")
    assert "hunter2" not in repr(Settings())
