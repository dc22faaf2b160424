"""`redress keys`: a key is shown once, works at once, and is kept in a file that nobody else may read."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from redress.cli import redress
from services.intake.domain.api_keys import authorize, find_key
from services.intake.domain.rate_limit import Rate
from services.intake.domain.scopes import OF_A_FRONT_END
from services.intake.keys_file import KeyEntry, RateEntry, load_keys
from services.intake.keys_writer import add_key

CHANNELS = {"web", "email"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path / "home"))
    for name in ("REDRESS_CONFIG", "REDRESS_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def call(*arguments):
    return CliRunner().invoke(redress, ["keys", *arguments])


def create(*arguments):
    result = call("create", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def listed():
    return [json.loads(line) for line in call("list").stdout.splitlines()]


def test_a_key_is_shown_once_and_found_by_what_is_kept(home):
    shown = create("--owner", "shop")
    text = (home / "keys.yaml").read_text()
    secret = shown["key"].rpartition("_")[2]
    assert secret not in text
    assert shown["key"] not in json.dumps(listed())
    key = find_key(shown["key"], load_keys(home / "keys.yaml", CHANNELS))
    assert (key.owner, key.channels, key.scopes) == ("shop", None, set(OF_A_FRONT_END))
    assert (key.rate, key.expires_at, key.test) == (Rate(200, 2_000), None, False)


def test_a_key_has_what_was_asked_for(home):
    shown = create(
        *("--owner", "Zürich", "--channel", "web", "--channel", "email", "--channel", "web"),
        *("--scope", "complaints", "--scope", "classify", "--rate", "5", "--burst", "7", "--expires", "30d", "--test"),
    )
    key = find_key(shown["key"], load_keys(home / "keys.yaml", CHANNELS))
    assert (key.owner, key.channels, key.scopes) == ("Zürich", CHANNELS, {"complaints", "classify"})
    assert (key.rate, key.test) == (Rate(5, 7), True)
    ends = key.expires_at - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < ends <= timedelta(days=30)
    assert authorize(key, ["complaints"], key.expires_at) == "expired_key"


def test_the_file_that_is_written_satisfies_its_published_schema(home):
    create("--owner", "shop", "--channel", "web", "--expires", "30d", "--test")
    revoked = create("--owner", "bank")
    call("revoke", revoked["id"])
    schema = Path(__file__).parents[2] / "services" / "config" / "default" / "keys.schema.json"
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    content = yaml.safe_load((home / "keys.yaml").read_text())
    assert [error.message for error in validator.iter_errors(content)] == []
    content["keys"][0]["channels"] = None
    assert not validator.is_valid(content)


def test_no_two_keys_are_alike(home):
    shown = [create("--owner", "shop") for _ in range(3)]
    assert len({key["key"] for key in shown}) == len({key["id"] for key in shown}) == 3
    assert [key["id"] for key in listed()] == [key["id"] for key in shown]


def test_the_first_key_says_that_the_door_is_closed_to_all_others(home):
    assert "from now on intake asks every caller" in call("create", "--owner", "shop").stderr
    assert "from now on" not in call("create", "--owner", "shop").stderr


def test_the_file_is_its_owner_s_alone_and_keeps_the_mode_that_it_was_given(home):
    create("--owner", "shop")
    path = home / "keys.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    create("--owner", "shop")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_key_is_revoked_and_stays_so(home, monkeypatch):
    first, second = create("--owner", "shop"), create("--owner", "shop")
    revoked = json.loads(call("revoke", first["id"]).stdout)
    assert revoked["revoked_at"]
    assert [key["state"] for key in listed()] == ["revoked", "valid"]
    keys = load_keys(home / "keys.yaml", CHANNELS)
    assert find_key(first["key"], keys).revoked
    assert not find_key(second["key"], keys).revoked
    path = home / "keys.yaml"
    path.write_text(path.read_text().replace(revoked["revoked_at"], "2026-01-01T00:00:00Z"))
    again = call("revoke", first["id"])
    assert again.exit_code == 0
    assert "had been revoked before" in again.stderr
    assert json.loads(again.stdout)["revoked_at"] == "2026-01-01T00:00:00Z"


def test_a_key_that_has_ended_is_listed_as_such(home):
    create("--owner", "shop", "--expires", "1s")
    path = home / "keys.yaml"
    content = yaml.safe_load(path.read_text())
    content["keys"][0]["expires_at"] = "2026-01-01T00:00:00Z"
    path.write_text(yaml.safe_dump(content))
    assert [key["state"] for key in listed()] == ["expired"]


def test_what_is_not_there_cannot_be_revoked(home):
    assert call("revoke", "0123456789ab").exit_code == 1
    create("--owner", "shop")
    refused = call("revoke", "redress_0123456789ab_secret")
    assert refused.exit_code == 1
    assert "redress keys list" in refused.output
    assert "secret" not in refused.output


def test_without_a_file_the_list_is_empty(home):
    result = call("list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "does not exist" in result.stderr
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((), "--owner"),
        (("--owner", " shop"), "U+0020"),
        (("--owner", "shop", "--channel", "fax"), "not in channels.yaml; there are app"),
        (("--owner", "shop", "--scope", "all"), "back-office"),
        (("--owner", "shop", "--rate", "0"), "1<=x"),
        (("--owner", "shop", "--rate", "nan"), "--rate"),
        (("--owner", "shop", "--burst", "0"), "1<=x"),
        (("--owner", "shop", "--expires", "soon"), "365d"),
        (("--owner", "shop", "--expires", "0d"), "1s"),
        (("--owner", "shop", "--expires", "999999d"), "3650d"),
    ],
)
def test_wrong_usage_says_what_to_write_and_makes_nothing(home, arguments, advice):
    result = call("create", *arguments)
    assert result.exit_code == 2, result.output
    assert advice in result.output
    assert not (home / "keys.yaml").exists()


def test_a_faulty_file_is_not_written_over(home):
    create("--owner", "shop")
    path = home / "keys.yaml"
    path.write_text(path.read_text().replace("owner: shop", "owner: ''"))
    before = path.read_text()
    for arguments in (["create", "--owner", "shop"], ["revoke", "0123456789ab"], ["list"]):
        result = call(*arguments)
        assert "/keys/0/owner" in str(result.exception)
    assert path.read_text() == before


def test_a_link_to_the_file_is_kept(home, tmp_path):
    home.mkdir()
    real = tmp_path / "real.yaml"
    create("--owner", "shop")
    (home / "keys.yaml").rename(real)
    (home / "keys.yaml").symlink_to(real)
    create("--owner", "shop")
    assert (home / "keys.yaml").is_symlink()
    assert len(load_keys(real, CHANNELS)) == 2


def test_keys_that_are_made_at_the_same_time_are_all_kept(tmp_path):
    path = tmp_path / "keys.yaml"

    def add(number: int) -> None:
        entry = KeyEntry(
            id=f"{number:012x}",
            sha256="ab" * 32,
            owner="shop",
            scopes=("complaints",),
            rate=RateEntry(per_second=1, burst=1),
            created_at=datetime.now(UTC),
        )
        add_key(path, entry)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(16)))
    assert len(load_keys(path, CHANNELS)) == 16
