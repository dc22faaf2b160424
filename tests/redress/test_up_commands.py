"""The console script: every command it lists can be called, and faults are messages with the right exit code."""

from __future__ import annotations

import sys

import click
import pytest
from click.testing import CliRunner

from redress import cli
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


@pytest.mark.parametrize(("error", "code"), [(ConfigError("rules.yaml:3: wrong"), 2), (BrokerError("no Kafka"), 1)])
def test_a_fault_is_a_message_and_an_exit_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def faulty() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: faulty)
    monkeypatch.setattr(sys, "argv", ["redress", "up"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr() == ("", f"{error}\n")


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def faulty() -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: faulty)
    monkeypatch.setattr(sys, "argv", ["redress", "up"])
    with pytest.raises(RuntimeError, match="a defect"):
        cli.main()
