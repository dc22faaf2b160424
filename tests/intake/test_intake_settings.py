"""Intake's configuration: what is shipped is right, and what is wrong is named before anything starts."""

from __future__ import annotations

import pytest

from schemas.survey_token import SurveyKeys
from services.config.survey_keys import load_survey_keys
from services.config.yaml_files import ConfigError
from services.intake.server import run
from services.intake.settings import Settings, listen_address, load_channels


def test_the_shipped_channels_are_read():
    assert {"web", "app", "email", "chat", "phone", "branch", "regulator"} <= load_channels(Settings()).names


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("version: 1\nchannels: []\n", ":2: /channels: "),
        ("version: 1\nchannels:\n  - {name: 'web ', reply_window: 30d}\n", ":3: /channels/0/name: U+0020 (SPACE)"),
        (
            "version: 1\nchannels: [{name: web, reply_window: 3d}, {name: web, reply_window: 1d}]\n",
            ":2: /channels/1: ",
        ),
        ("version: 1\nchannels:\n  - {name: web, reply_window: soon}\n", ":3: /channels/0/reply_window: "),
        ("version: 1\nchannels:\n  - {name: web, reply_window: 30d, colour: red}\n", ":3: /channels/0/colour: "),
    ],
)
def test_a_fault_in_channels_yaml_is_named_with_its_line(tmp_path, text, fault):
    (tmp_path / "channels.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_channels(Settings(config=tmp_path))
    assert fault in str(error.value)


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_intake_listens_on_loopback(address):
    assert listen_address(Settings(intake_http=address))[1] == 8080


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "10.0.0.7:8080", "example.org:80", "8080", "127.0.0.1:http"])
def test_intake_listens_nowhere_else_because_there_are_no_api_keys(address):
    with pytest.raises(ConfigError, match="REDRESS_INTAKE_HTTP"):
        listen_address(Settings(intake_http=address))


@pytest.mark.parametrize("named", [{}, {"intake_tls_certificate": "chain.pem", "intake_tls_key": "key.pem"}])
@pytest.mark.parametrize("show_keys", [False, True])
def test_intake_listens_beyond_loopback_where_callers_show_keys_over_tls_and_not_else(named, show_keys):
    settings = Settings(intake_http="10.0.0.7:8080", **named)
    if named and show_keys:
        assert listen_address(settings, show_keys=True) == ("10.0.0.7", 8080)
    else:
        with pytest.raises(ConfigError, match="REDRESS_INTAKE_TLS" if show_keys else "redress keys create"):
            listen_address(settings, show_keys=show_keys)


def test_the_environment_names_address_admin_and_keys(monkeypatch, tmp_path):
    keys = tmp_path / "keys.yaml"
    keys.write_text(f"version: 1\ncurrent: a\nkeys: {{a: {'ab' * 32}}}\n")
    monkeypatch.setenv("REDRESS_INTAKE_HTTP", "127.0.0.1:9000")
    monkeypatch.setenv("REDRESS_INTAKE_ADMIN", "127.0.0.1:9001")
    monkeypatch.setenv("REDRESS_SURVEY_KEYS", str(keys))
    settings = Settings()
    assert listen_address(settings) == ("127.0.0.1", 9000)
    assert settings.admin == "127.0.0.1:9001"
    assert load_survey_keys(settings.survey_keys, settings.home) == SurveyKeys(
        version="1", current="a", keys={"a": "ab" * 32}
    )


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize(
    ("settings", "problem"),
    [({"kafka": "127.0.0.1:1"}, "there are no survey keys here"), ({"intake_http": "0.0.0.0:80"}, "loopback")],
)
def test_a_wrong_configuration_ends_with_2_and_says_what_is_wrong(tmp_path, capsys, settings, problem):
    with pytest.raises(SystemExit) as ended:
        run(Settings(home=tmp_path, **settings))
    assert ended.value.code == 2
    assert problem in capsys.readouterr().err
