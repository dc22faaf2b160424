"""The console script: every command it lists can be called, and faults are messages with the right exit code."""

from __future__ import annotations

import logging
import sys
from errno import EACCES, ENOSPC
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from redress import cli
from redress.broker.address import settings_with_broker
from redress.broker.errors import BrokerError
from services.config.yaml_files import ConfigError


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_listed_command_has_help_of_its_own(name: str) -> None:
    result = CliRunner().invoke(cli.redress, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"redress {name}" in result.output


def test_an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(cli.redress, ["upp"])
    assert result.exit_code == 2
    assert "upp" in result.output


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ConfigError("rules.yaml:3: wrong"), 2, "rules.yaml:3: wrong"),
        (BrokerError("no Kafka"), 1, "no Kafka"),
        (TimeoutError(), 1, "no broker answers: check REDRESS_KAFKA and the brokers"),
        (PermissionError(EACCES, "Permission denied", "/home/x"), 1, "/home/x: Permission denied"),
        (OSError(ENOSPC, "No space left on device", "/home/x"), 1, "/home/x: No space left on device"),
    ],
)
def test_a_fault_is_a_message_and_an_exit_code(
    error: Exception, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def faulty() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: faulty)
    monkeypatch.setattr(sys, "argv", ["redress", "up"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr() == ("", f"{message}\n")


def test_lines_that_a_library_repeats_are_told_once_with_their_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def insists() -> None:
        for _ in range(600):
            logging.getLogger("aiokafka").error("Unable connect to %s", "one")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: insists)
    monkeypatch.setattr(sys, "argv", ["redress", "dlq"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().err.splitlines() == [
        "Unable connect to one",
        "Unable connect to one (599 times more)",
    ]


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ("simulate --complaints 1 --start 9999-12-31", "write a day from 1971-01-01 to 2180-01-01"),
        ("simulate --complaints 1 --start 0001-01-01", "write a day from 1971-01-01 to 2180-01-01"),
        ("replay FILE --mapping servicenow --horizon 999999w", "write a shorter horizon"),
        (f"dlq show complaint-events --partition 0 --offset {10**30}", "not in the range"),
        (f"dlq show complaint-events --partition {10**30} --offset 0", "not in the range"),
        (f"dlq allow complaint-events --group redress-router --partition 0 --until {10**30}", "not in the range"),
        (f"offsets set complaint-events --group redress-router --partition 0 --to {10**30}", "not in the range"),
    ],
)
def test_numbers_and_dates_that_nothing_can_hold_are_wrong_usage(arguments: str, advice: str) -> None:
    result = CliRunner().invoke(cli.redress, arguments.replace("FILE", __file__).split())
    assert result.exit_code == 2, result.output
    assert advice in result.output


@pytest.mark.parametrize("written", ["", "[", "[70000]", '["x"]', "{}", "null"])
def test_a_broken_file_of_the_local_broker_says_that_none_runs(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path))
    monkeypatch.delenv("REDRESS_KAFKA", raising=False)
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "ports.json").write_text(written)
    with pytest.raises(BrokerError, match="no Kafka runs under"):
        settings_with_broker()


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def faulty() -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: faulty)
    monkeypatch.setattr(sys, "argv", ["redress", "up"])
    with pytest.raises(RuntimeError, match="a defect"):
        cli.main()
