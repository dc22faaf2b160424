"""Settings from the environment: an empty one is unset, and a wrong one is a line that says what to write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.config.yaml_files import ConfigError
from services.feedback.settings import Settings as FeedbackSettings
from services.intake.settings import Settings as IntakeSettings
from services.registry import SERVICES
from services.router.settings import Settings as RouterSettings
from services.runtime.settings import RuntimeSettings
from services.sla_monitor.settings import Settings as SlaMonitorSettings

OF_SERVICES = (IntakeSettings, RouterSettings, SlaMonitorSettings, FeedbackSettings)
KNOWN = sorted(
    {
        f"REDRESS_{name.upper()}"
        for kind in (RuntimeSettings, *OF_SERVICES)
        for name in kind.model_fields
        if name != "admin"
    }
    | {service.admin_variable for service in SERVICES}
)
WRONG = [
    ("REDRESS_KAFKA", "127.0.0.1", "write host:port, such as 127.0.0.1:9092"),
    ("REDRESS_KAFKA", "127.0.0.1:99999", "write one up to 65535"),
    ("REDRESS_KAFKA", "127.0.0.1:9092,", "write host:port, such as 127.0.0.1:9092"),
    ("REDRESS_KAFKA", "kafka://127.0.0.1:9092", "write host:port"),
    ("REDRESS_KAFKA", ":9092", "names no broker"),
    ("REDRESS_KAFKA", "one:0", "names no broker"),
    ("REDRESS_KAFKA", "one:-1", "write host:port"),
    ("REDRESS_KAFKA", "::1:9092", "write host:port"),
    ("REDRESS_KAFKA", "   ", "write host:port"),
    ("REDRESS_KAFKA", "one:\u00b2", "write host:port"),
    ("REDRESS_HOME", "FILE", "is no folder: name a folder, which is made if it is missing"),
    ("REDRESS_HOME", "FILE/below/it", "is no folder: name a folder, which is made if it is missing"),
    ("REDRESS_CONFIG", "FILE", "is no folder: name one that exists"),
    ("REDRESS_CONFIG", "/nonexistent/folder", "is no folder: name one that exists"),
    ("REDRESS_CONFIG", "x" * 5_000, "is no folder: name one that exists"),
    ("REDRESS_TIME", "lunar", "Input should be 'wall' or 'stream'"),
    ("REDRESS_LOG", "xml", "Input should be 'json' or 'console'"),
    ("REDRESS_PARTITIONS", "-1", "greater than or equal to 1"),
    ("REDRESS_PARTITIONS", "1000000000000000000000", "less than or equal to 1000"),
    ("REDRESS_PARTITIONS", "four", "valid integer"),
    ("REDRESS_PREFIX", "no spaces", "should match pattern"),
    ("REDRESS_PREFIX", "x" * 101, "should match pattern"),
    ("REDRESS_ROUTER_ADMIN", "nonsense", "write host:port, such as 127.0.0.1:9101"),
    ("REDRESS_ROUTER_ADMIN", "127.0.0.1:70000", "write one up to 65535"),
]


@pytest.fixture
def a_file(tmp_path: Path) -> Path:
    path = tmp_path / "a-file"
    path.write_text("not a folder")
    return path


@pytest.mark.parametrize(("name", "value", "advice"), WRONG)
def test_a_wrong_setting_is_one_line_with_its_name_and_what_to_write(
    name: str, value: str, advice: str, a_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value.replace("FILE", str(a_file)))
    with pytest.raises(ConfigError) as refused:
        RouterSettings()
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert advice in line


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_KAFKA", "nowhere")
    monkeypatch.setenv("REDRESS_TIME", "lunar")
    with pytest.raises(ConfigError) as refused:
        RuntimeSettings()
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["REDRESS_KAFKA", "REDRESS_TIME"]


@pytest.mark.parametrize("kind", OF_SERVICES)
def test_an_empty_setting_is_unset(kind: type[RuntimeSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)
    unset = kind()
    for name in KNOWN:
        monkeypatch.setenv(name, "")
    assert kind() == unset


def test_spaces_between_brokers_are_no_part_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_KAFKA", " one:9092, [::1]:9093 ,two.example.org:9094")
    assert RuntimeSettings().bootstrap == ["one:9092", "[::1]:9093", "two.example.org:9094"]


COMMAND = (sys.executable, "-c", "from redress.cli import main; main()", "topics", "list")


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        *(((sys.executable, "-m", service.module), "REDRESS_KAFKA", "127.0.0.1") for service in SERVICES),
        (COMMAND, "REDRESS_KAFKA", "127.0.0.1:99999"),
        (COMMAND, "REDRESS_HOME", "FILE"),
        ((*COMMAND[:3], "up"), "REDRESS_HOME", "FILE"),
        ((*COMMAND[:3], "demo"), "REDRESS_HOME", "FILE"),
        ((*COMMAND[:3], "demo"), "REDRESS_PARTITIONS", "none"),
    ],
)
def test_processes_and_commands_say_so_and_exit_with_2(
    arguments: Sequence[str], name: str, value: str, a_file: Path
) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    environment = {**inherited, name: value.replace("FILE", str(a_file))}
    ended = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith(f"{name}: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_key_without_its_certificate_is_refused_with_its_line(tmp_path: Path) -> None:
    security = tmp_path / "security.yaml"
    security.write_text("version: 1\ntls:\n  key: key.pem\n")
    with pytest.raises(ConfigError, match=r"security.yaml:3: /tls/key: .*write certificate too"):
        _ = RuntimeSettings(kafka_security=security).security


@pytest.mark.parametrize("named", ["ca", "certificate"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, named: str, content: str | None) -> None:
    certificate, security = tmp_path / "some.pem", tmp_path / "security.yaml"
    security.write_text(f"version: 1\ntls: {{{named}: {certificate}}}\n")
    if content:
        certificate.write_text(content)
    with pytest.raises(ConfigError, match=rf"^{certificate}: "):
        RuntimeSettings(kafka_security=security).security.client_arguments()
