"""The command `redress replay` without Kafka: what it refuses, how it says so, and how it accounts for every row."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from redress.commands.replay import Horizon, replay
from redress.reading import StandsStill
from redress.replay.publish import Published
from services.config.yaml_files import ConfigError

command = import_module("redress.commands.replay")
MAPPING = """\
version: 1
zone: Asia/Shanghai
row: {complaint: id, occurred_at: at, format: "%Y-%m-%d"}
complaint: {channel: {value: web}, customer.id: id, subject: {value: none}, body: {value: none}}
events: [{type: complaint_received, when: first}]
"""


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


@pytest.mark.parametrize("speed", ["nan", "inf", "-inf", "0", "-1", "fast"])
def test_a_speed_at_which_no_time_or_all_of_it_passes_is_refused(log, monkeypatch, speed):
    monkeypatch.setenv("REDRESS_TIME", "stream")
    result = CliRunner().invoke(replay, [str(log), "--mapping", "servicenow", "--speed", speed])
    assert result.exit_code == 2
    assert "--speed" in result.output


def test_a_mapping_that_is_not_there_is_named(log, monkeypatch):
    monkeypatch.setenv("REDRESS_TIME", "stream")
    result = CliRunner().invoke(replay, [str(log), "--mapping", "nowhere.yaml"])
    assert isinstance(result.exception, ConfigError)
    assert "nowhere.yaml" in str(result.exception)


def a_log_of(folder, *rows):
    (folder / "log.csv").write_text("\n".join(("id,at", *rows)), encoding="utf-8")
    (folder / "mine.yaml").write_text(MAPPING, encoding="utf-8")
    return [str(folder / "log.csv"), "--mapping", str(folder / "mine.yaml")]


@pytest.fixture
def published(monkeypatch):
    """What the command would publish; nothing reaches Kafka."""
    steps = []

    async def publish(given, *_):
        steps.extend(given)
        return Published(events=sum(not isinstance(step, datetime) for step in steps))

    monkeypatch.setenv("REDRESS_TIME", "stream")
    monkeypatch.setattr(command, "publish", publish)
    monkeypatch.setattr(command, "settings_with_broker", lambda: None)
    return steps


def test_all_rows_are_accounted_for_in_the_result(tmp_path, published):
    result = CliRunner().invoke(replay, a_log_of(tmp_path, "1,2024-01-02", "1,2024-01-03", "2,2024-01-02"))
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["rows"] == {"with_events": 2, "without_events": 1, "rejected": 0}
    assert (told["complaints"], told["events"], told["published"]) == (2, {"complaint_received": 2}, 2)


def test_a_rejected_row_is_told_with_its_line_and_the_answer_is_no(tmp_path, published):
    result = CliRunner().invoke(replay, a_log_of(tmp_path, "1,2024-01-02", "2,never"))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["rejected"] == [{"line": 3, "reason": "column at is not written as %Y-%m-%d"}]
    assert told["published"] == 1
    assert "1 rows are rejected, the others are published" in result.stderr


def test_strict_publishes_nothing_if_a_row_is_rejected(tmp_path, published):
    result = CliRunner().invoke(replay, [*a_log_of(tmp_path, "1,2024-01-02", "2,never"), "--strict"])
    assert result.exit_code == 1
    assert published == []
    told = json.loads(result.stdout)
    assert [row["line"] for row in told["rejected"]] == [3]
    assert told["published"] == 0
    assert "nothing is published" in result.stderr


def test_strict_changes_nothing_where_all_rows_are_read(tmp_path, published):
    result = CliRunner().invoke(replay, [*a_log_of(tmp_path, "1,2024-01-02"), "--strict"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["published"] == 1


def test_all_rejected_rows_are_counted_and_the_first_hundred_listed(tmp_path, published):
    result = CliRunner().invoke(replay, a_log_of(tmp_path, *(f"{number},never" for number in range(150))))
    told = json.loads(result.stdout)
    assert told["rows"]["rejected"] == 150
    assert [row["line"] for row in told["rejected"]] == list(range(2, 102))


NEWEST_FIRST = ("1,2024-01-03", "1,2024-01-03", "1,2024-01-02")


@pytest.mark.parametrize(
    ("rows", "file", "warned"),
    [
        (NEWEST_FIRST, "", True),
        (NEWEST_FIRST, "file: {newest_first: true}", False),
        (NEWEST_FIRST[::-1], "", False),
        (NEWEST_FIRST[::-1], "file: {newest_first: true}", True),
        (("1,2024-01-03", "1,2024-01-02"), "", False),
        (("1,2024-01-03", "1,2024-01-02", "1,2024-01-03"), "", False),
    ],
)
def test_a_file_that_runs_against_the_mapping_is_warned_of_where_that_decides(tmp_path, published, rows, file, warned):
    arguments = a_log_of(tmp_path, *rows)
    (tmp_path / "mine.yaml").write_text(MAPPING + file, encoding="utf-8")
    result = CliRunner().invoke(replay, arguments)
    assert result.exit_code == 0
    assert ("warning" in result.stderr) is warned


def test_an_id_prefix_tells_files_apart(tmp_path, published):
    arguments = a_log_of(tmp_path, "1,2024-01-02")
    ids = {
        json.loads(CliRunner().invoke(replay, [*arguments, "--id-prefix", year]).stdout)["event_ids_sha1"]
        for year in ("2023-", "2024-")
    }
    assert len(ids) == 2


def test_a_report_that_stands_still_says_so_and_keeps_the_result(tmp_path, published, monkeypatch):
    async def read_report(*_):
        raise StandsStill("router has not moved")

    monkeypatch.setattr(command, "read_report", read_report)
    result = CliRunner().invoke(replay, [*a_log_of(tmp_path, "1,2024-01-02"), "--report"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["published"] == 1
    assert "router has not moved" in result.stderr


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
