"""The command `redress demo` around the demo itself: one at a time, in a home of its own, and its verdict."""

from __future__ import annotations

from io import StringIO

import click
import pytest
from click.testing import CliRunner
from filelock import FileLock
from rich.console import Console

from redress.commands import demo as demo_module
from redress.commands.demo import demo
from redress.demo.check import CheckResult

AGREES = CheckResult("surveys requested", "5", "5")
DIFFERS = CheckResult("dead letters", "0", "2")


@pytest.fixture
def console():
    return Console(file=StringIO(), width=200)


def test_a_second_demo_in_the_same_home_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path))
    kept = tmp_path / "demo" / "kafka" / "data"
    kept.mkdir(parents=True)
    with FileLock(tmp_path / "demo.lock"):
        result = CliRunner().invoke(demo)
    assert result.exit_code == 1
    assert "another demo runs" in result.output
    assert kept.exists()


def test_the_home_of_an_old_demo_is_emptied_and_nothing_beside_it(tmp_path):
    old, other = tmp_path / "demo" / "kafka" / "data", tmp_path / "kafka" / "data"
    old.mkdir(parents=True)
    other.mkdir(parents=True)
    with demo_module._alone(tmp_path / "demo"):
        assert not old.exists()
        assert (tmp_path / "demo" / "logs").is_dir()
    assert other.exists()


def test_if_all_agrees_it_says_so_and_where_it_ran(console, tmp_path):
    demo_module._conclude([AGREES], console, "Apache Kafka 4.1.1", tmp_path)
    said = console.file.getvalue()
    assert "Every number agrees" in said
    assert "Apache Kafka 4.1.1" in said
    assert str(tmp_path) in said


def test_if_one_number_differs_it_is_named_and_the_exit_code_is_1(console, tmp_path):
    with pytest.raises(click.exceptions.Exit) as ended:
        demo_module._conclude([AGREES, DIFFERS], console, "Apache Kafka 4.1.1", tmp_path)
    assert ended.value.exit_code == 1
    assert "do not agree: dead letters." in console.file.getvalue()
