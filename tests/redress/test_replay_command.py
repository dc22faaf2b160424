"""The command `redress replay` before it touches Kafka: what it refuses, and how it says so."""

from __future__ import annotations

from datetime import timedelta

import click
import pytest
from click.testing import CliRunner

from redress.commands.replay import Horizon, replay
from services.config.yaml_files import ConfigError


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("number,at\n")
    return path


def test_a_deployment_in_wall_time_is_refused(log, monkeypatch):
    monkeypatch.setenv("REDRESS_TIME", "wall")
    result = CliRunner().invoke(replay, [str(log), "--mapping", "servicenow"])
    assert result.exit_code == 2
    assert "REDRESS_TIME=stream" in result.output


def test_a_log_without_the_mappings_columns_is_refused(log, monkeypatch):
    monkeypatch.setenv("REDRESS_TIME", "stream")
    result = CliRunner().invoke(replay, [str(log), "--mapping", "servicenow"])
    assert result.exit_code == 2
    assert "incident_state" in result.output


def test_a_mapping_that_is_not_there_is_named(log, monkeypatch):
    monkeypatch.setenv("REDRESS_TIME", "stream")
    result = CliRunner().invoke(replay, [str(log), "--mapping", "nowhere.yaml"])
    assert isinstance(result.exception, ConfigError)
    assert "nowhere.yaml" in str(result.exception)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("12h", timedelta(hours=12)), ("90d", timedelta(days=90)), ("8w", timedelta(weeks=8)), ("0d", timedelta())],
)
def test_a_horizon_is_hours_days_or_weeks(written, meant):
    assert Horizon().convert(written, None, None) == meant


@pytest.mark.parametrize("written", ["90", "d", "-1d", "1.5d", "90m", ""])
def test_another_horizon_is_refused(written):
    with pytest.raises(click.BadParameter, match="90d"):
        Horizon().convert(written, None, None)
