"""Configuration is checked whole before anything starts, and says what to write instead."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from services.config.survey_keys import load_survey_keys
from services.config.yaml_files import ConfigError
from services.feedback.app import build
from services.feedback.domain.tumbling_windows import Width
from services.feedback.settings import Settings, load_queues, load_rules
from tests.feedback.stories import KEYS

GOOD = {
    "version": "1",
    "metric": "csat",
    "ask_after": "10m",
    "sample": "0.5",
    "windows": ["1h", "1d"],
    "zone": "Europe/Lisbon",
    "lateness": "2h",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A deployment whose files can be written over."""
    write(tmp_path, "feedback.yaml", GOOD)
    write(tmp_path, "channels.yaml", {"version": "1", "channels": [{"name": "chat", "reply_window": "24h"}]})
    write(tmp_path, "queues.yaml", {"version": "1", "queues": [{"name": "general"}]})
    write(tmp_path, "survey-keys.yaml", KEYS.model_dump())
    return Settings(home=tmp_path, config=tmp_path)


def write(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(yaml.safe_dump(content))


def test_the_files_become_rules(settings):
    rules = load_rules(settings)
    assert (rules.metric, rules.sample) == ("csat", 0.5)
    assert (rules.ask_after, rules.lateness) == (timedelta(minutes=10), timedelta(hours=2))
    assert rules.widths == (Width.parse("1h"), Width.parse("1d"))
    assert rules.zone == ZoneInfo("Europe/Lisbon")
    assert rules.reply_windows == {"chat": timedelta(hours=24)}
    assert load_queues(settings) == {"general"}
    assert load_survey_keys(settings.survey_keys, settings.home) == KEYS


def test_what_is_shipped_can_be_used(tmp_path):
    rules = load_rules(Settings(home=tmp_path))
    assert rules.ask_after == timedelta(minutes=10)
    assert all(window > rules.ask_after for window in rules.reply_windows.values())
    assert "general" in load_queues(Settings(home=tmp_path))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("metric", "nps", "csat"),
        ("ask_after", "10", "90s, 10m, 4h or 14d"),
        ("ask_after", "31d", "at most 30d"),
        ("ask_after", "999999d", "at most 30d"),
        ("lateness", "-1h", "90s, 10m, 4h or 14d"),
        ("sample", "1.5", "less than or equal to 1"),
        ("sample", "nan", "less than or equal to 1"),
        ("windows", [], "at least 1 item"),
        ("windows", ["1h", "7h"], "divide a day evenly"),
        ("windows", ["1h", "1h"], "/windows/1: the same window twice; keep one"),
        ("windows", ["60m", "1d", "1h"], "/windows/2: the same window twice; keep one"),
        ("windows", ["1d", "24h"], "/windows/1: the same window twice; keep one"),
        ("zone", "Mars/Olympus", "IANA"),
        ("zone", "../etc/passwd", "IANA"),
        ("zone", "", "IANA"),
        ("windws", ["1h"], "no such field"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_what_to_write(settings, field, value, message):
    write(settings.home, "feedback.yaml", GOOD | {field: value})
    with pytest.raises(ConfigError) as refused:
        load_rules(settings)
    assert message in str(refused.value)
    assert "feedback.yaml:" in str(refused.value)


@pytest.mark.parametrize("field", sorted(GOOD))
def test_every_field_is_needed(settings, field):
    write(settings.home, "feedback.yaml", {name: value for name, value in GOOD.items() if name != field})
    with pytest.raises(ConfigError, match=f"/{field}: this field is missing"):
        load_rules(settings)


def test_a_reply_window_that_ends_before_anyone_is_asked_is_refused(settings):
    lines = "version: 1", "channels:", "- {name: web, reply_window: 14d}", "- name: chat", "  reply_window: 10m"
    (settings.home / "channels.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"channels.yaml:5: /channels/1/reply_window: .*longer than ask_after"):
        load_rules(settings)


def test_without_survey_keys_nothing_is_built_and_the_message_says_what_to_do(settings):
    (settings.home / "survey-keys.yaml").unlink()
    with pytest.raises(ConfigError, match="set REDRESS_SURVEY_KEYS to the file that intake and feedback both read"):
        build(settings)


def test_a_secret_under_two_ids_is_refused_and_not_shown(settings):
    secret = "ab" * 32
    keys = f"version: 1\ncurrent: a\nkeys:\n  a: {secret}\n  b: {secret.upper()}\n"
    (settings.home / "survey-keys.yaml").write_text(keys)
    with pytest.raises(ConfigError, match=r"survey-keys.yaml:5: /keys/b: this is the secret of a too") as refused:
        load_survey_keys(settings.survey_keys, settings.home)
    assert secret not in str(refused.value).lower()


def test_survey_keys_may_lie_elsewhere(settings, tmp_path, monkeypatch):
    elsewhere = tmp_path / "secret"
    elsewhere.mkdir()
    (settings.home / "survey-keys.yaml").rename(elsewhere / "keys.yaml")
    monkeypatch.setenv("REDRESS_SURVEY_KEYS", str(elsewhere / "keys.yaml"))
    monkeypatch.setenv("REDRESS_FEEDBACK_ADMIN", "127.0.0.1:9104")
    found = Settings(home=settings.home, config=settings.config)
    assert load_survey_keys(found.survey_keys, found.home) == KEYS
    assert found.admin == "127.0.0.1:9104"


def test_a_worker_that_cannot_be_configured_says_why_and_ends(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    environment |= {"REDRESS_HOME": str(tmp_path), "REDRESS_KAFKA": "127.0.0.1:1"}
    ended = subprocess.run(
        [sys.executable, "-m", "services.feedback"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert "there are no survey keys here" in ended.stderr
    assert "Traceback" not in ended.stderr
