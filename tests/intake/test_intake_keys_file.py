"""keys.yaml: what is wrong in it is named with its line, and a change of it is in force without a restart."""

from __future__ import annotations

import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from services.config.yaml_files import ConfigError
from services.intake.callers import Keyring
from services.intake.domain.rate_limit import Rate
from services.intake.keys_file import find_keys_file, load_keys
from services.intake.keys_reader import KeysReader
from services.intake.server import run
from services.intake.settings import Settings, listen_address

CHANNELS = {"web", "email"}
FILE = """\
version: 1
keys:
  - id: 0123456789ab
    sha256: {sha}
    owner: shop
    channels: [web]
    scopes: [complaints, events]
    rate: {{per_second: 2.5, burst: 20}}
    created_at: 2026-12-01T00:00:00Z
    expires_at: 2027-12-01T00:00:00+08:00
""".format(sha="ab" * 32)
ANOTHER = FILE.replace("0123456789ab", "ffffffffffff").partition("keys:\n")[2]


def write(path: Path, text: str) -> Path:
    """As `redress keys` does it: another file in the place of the one before."""
    beside = path.with_suffix(".beside")
    beside.write_text(text)
    beside.replace(path)
    return path


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("redress_intake_key_files_total", {"outcome": outcome}) or 0.0


def test_a_key_is_read_as_it_is_written(tmp_path):
    key = load_keys(write(tmp_path / "keys.yaml", FILE), CHANNELS)["0123456789ab"]
    assert (key.owner, key.channels, key.scopes) == ("shop", {"web"}, {"complaints", "events"})
    assert (key.rate, key.sha256) == (Rate(2.5, 20), b"\xab" * 32)
    assert (key.revoked, key.test) == (False, False)
    assert key.expires_at == datetime(2027, 11, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize("revoked_at", ["2026-12-02T00:00:00Z", "2199-01-01T00:00:00Z"])
def test_a_key_that_says_when_it_was_revoked_is_revoked(tmp_path, revoked_at):
    text = FILE + f"    revoked_at: {revoked_at}\n"
    assert load_keys(write(tmp_path / "keys.yaml", text), CHANNELS)["0123456789ab"].revoked


def test_a_key_without_channels_and_end_may_use_all_channels_and_never_ends(tmp_path):
    text = "".join(line for line in FILE.splitlines(keepends=True) if "channels" not in line and "expires" not in line)
    key = load_keys(write(tmp_path / "keys.yaml", text), CHANNELS)["0123456789ab"]
    assert (key.channels, key.expires_at) == (None, None)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("id: 0123456789ab", "id: 0123", ":3: /keys/0/id: "),
        ("sha256: abab", "sha256: ABAB", ":4: /keys/0/sha256: "),
        ("owner: shop", "owner: 'shop '", ":5: /keys/0/owner: U+0020 (SPACE)"),
        ("    owner: shop\n", "", ":3: /keys/0/owner: this field is missing"),
        ("[web]", "[fax]", ":6: /keys/0/channels: a channel here is not in channels.yaml; there are email, web"),
        ("[web]", "[web, web]", ":6: /keys/0/channels/1: the same channel twice"),
        ("[web]", "[]", ":6: /keys/0/channels: "),
        ("[web]", "", ":6: /keys/0/channels: write something here, or leave the field out"),
        ("2027-12-01T00:00:00+08:00", "", ":10: /keys/0/expires_at: write something here, or leave the field out"),
        ("2027-12-01T00:00:00+08:00", "2027-12-01", ":10: /keys/0/expires_at: write an RFC 3339 time"),
        ("2027-12-01T00:00:00+08:00", "[soon]", ":10: /keys/0/expires_at: write an RFC 3339 time"),
        ("complaints, events", "complaints, everything", ":7: /keys/0/scopes/1: "),
        ("complaints, events", "", ":7: /keys/0/scopes: "),
        ("per_second: 2.5", "per_second: 0", ":8: /keys/0/rate/per_second: "),
        ("per_second: 2.5", "per_second: nan", ":8: /keys/0/rate/per_second: "),
        ("burst: 20", "burst: 0", ":8: /keys/0/rate/burst: "),
        ("    scopes", "    secret: s\n    scopes", ":7: /keys/0/secret: there is no such field"),
        ("    created_at", "    test: maybe\n    created_at", ":9: /keys/0/test: "),
        ("    created_at", "    revoked_at:\n    created_at", ":9: /keys/0/revoked_at: write something here"),
        (FILE[-1], "\n" + FILE.partition("keys:\n")[2], ":11: /keys/1: the same key twice"),
    ],
)
def test_a_fault_is_named_with_its_line_and_without_what_was_written(tmp_path, right, wrong, fault):
    assert right in FILE
    text = FILE[:-1] + wrong if right == "\n" else FILE.replace(right, wrong, 1)
    with pytest.raises(ConfigError) as error:
        load_keys(write(tmp_path / "keys.yaml", text), CHANNELS)
    assert fault in str(error.value)
    assert "ab" * 16 not in str(error.value).lower()


def test_the_file_on_the_page_about_keys_is_one(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    (key,) = load_keys(write(tmp_path / "keys.yaml", example), {"web", "chat"}).values()
    assert (key.owner, key.revoked, key.rate) == ("shop", True, Rate(200, 2_000))


def test_a_file_without_keys_lets_nobody_in(tmp_path):
    assert load_keys(write(tmp_path / "keys.yaml", "version: 1\nkeys: []\n"), CHANNELS) == {}


def test_the_file_is_the_one_that_is_named_else_the_configuration_s_else_the_home_s(tmp_path):
    home, config, named = tmp_path / "home", tmp_path / "config", tmp_path / "named.yaml"
    home.mkdir()
    config.mkdir()
    assert find_keys_file(Settings(home=home)) == home / "keys.yaml"
    assert find_keys_file(Settings(home=home, config=config)) == config / "keys.yaml"
    write(home / "keys.yaml", FILE)
    assert find_keys_file(Settings(home=home, config=config)) == home / "keys.yaml"
    write(config / "keys.yaml", FILE)
    assert find_keys_file(Settings(home=home, config=config)) == config / "keys.yaml"
    assert find_keys_file(Settings(home=home, config=config, keys=named)) == named


@pytest.fixture
def reader(tmp_path):
    return KeysReader(Settings(home=tmp_path), CHANNELS, Keyring())


def keys_of(reader: KeysReader) -> set[str] | None:
    return set(reader._keyring.keys) if reader._keyring.keys is not None else None


def test_without_a_file_there_are_no_keys_until_there_is_one(tmp_path, reader):
    reader.read()
    reader.look()
    assert keys_of(reader) is None
    write(tmp_path / "keys.yaml", FILE)
    reader.look()
    assert keys_of(reader) == {"0123456789ab"}


def test_a_changed_file_is_taken_and_an_unchanged_one_is_not_read_again(tmp_path, reader):
    write(tmp_path / "keys.yaml", FILE)
    reader.read()
    before, taken = reader._keyring.keys, counted("taken")
    reader.look()
    assert reader._keyring.keys is before
    write(tmp_path / "keys.yaml", FILE + ANOTHER)
    reader.look()
    assert keys_of(reader) == {"0123456789ab", "ffffffffffff"}
    assert counted("taken") == taken + 1


def test_a_file_of_the_same_size_and_time_in_the_place_of_another_is_seen(tmp_path, reader):
    path = write(tmp_path / "keys.yaml", FILE)
    reader.read()
    before = path.stat()
    write(path, FILE.replace("0123456789ab", "ffffffffffff"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    reader.look()
    assert keys_of(reader) == {"ffffffffffff"}


@pytest.mark.parametrize("change", ["a fault", "half of it", "gone"])
def test_where_a_new_file_cannot_be_used_the_keys_of_before_stay_and_it_is_told_once(tmp_path, reader, change):
    path = write(tmp_path / "keys.yaml", FILE)
    reader.read()
    refused = counted("refused")
    if change == "gone":
        path.unlink()
    else:
        write(path, FILE.replace("shop", "''") if change == "a fault" else FILE[:150])
    with capture_logs() as logs:
        reader.look()
        reader.look()
    assert keys_of(reader) == {"0123456789ab"}
    assert counted("refused") == refused + 1
    (line,) = logs
    assert (line["log_level"], str(path) in line["problem"]) == ("warning", True)
    write(path, FILE + ANOTHER)
    reader.look()
    assert keys_of(reader) == {"0123456789ab", "ffffffffffff"}


def test_a_file_that_is_named_has_to_be_there(tmp_path):
    reader = KeysReader(Settings(home=tmp_path, keys=tmp_path / "keys.yaml"), CHANNELS, Keyring())
    with pytest.raises(ConfigError, match="the file does not exist"):
        reader.read()


@pytest.mark.usefixtures("logging_as_before")
def test_intake_does_not_start_with_a_faulty_file(tmp_path, capsys):
    write(tmp_path / "keys.yaml", FILE.replace("shop", "''"))
    with pytest.raises(SystemExit) as ended:
        run(Settings(home=tmp_path, kafka="127.0.0.1:1"))
    assert ended.value.code == 2
    assert "keys.yaml:5: /keys/0/owner" in capsys.readouterr().err
    logging.getLogger().handlers.clear()


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "10.0.0.7:8080", "intake.example.org:80", "[::]:8080"])
def test_with_keys_and_a_certificate_intake_listens_anywhere(address):
    settings = Settings(intake_http=address, intake_tls_certificate="chain.pem", intake_tls_key="key.pem")
    assert listen_address(settings, show_keys=True)[1] in (80, 8080)


def test_without_keys_it_is_said_how_to_make_some():
    with pytest.raises(ConfigError, match="redress keys create"):
        listen_address(Settings(intake_http="0.0.0.0:8080"))
