"""The operators' commands before they touch Kafka: what they refuse, and how they print."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from redress.commands.dlq import _printable, dlq
from redress.commands.offsets import offsets
from redress.commands.rows import show

ALLOW = ["allow", "--partition", "0", "--until", "9"]
SET = ["set", "--partition", "0", "--to", "9"]


@pytest.mark.parametrize(("group", "arguments"), [(dlq, ALLOW), (offsets, SET)], ids=["allow", "set"])
def test_a_topic_that_the_group_does_not_read_is_refused_with_those_that_it_reads(group, arguments):
    result = CliRunner().invoke(group, [*arguments, "complaints-routed", "--group", "redress-router"])
    assert result.exit_code == 2
    assert "it reads complaint-events" in result.output


@pytest.mark.parametrize("written", ["-1", "1.5", "latest", "１", ""])
def test_an_offset_is_a_number_or_the_logs_start_or_end(written):
    arguments = ["set", "complaint-events", "--group", "redress-router", "--partition", "0", "--to", written]
    result = CliRunner().invoke(offsets, arguments)
    assert result.exit_code == 2
    assert "write a number, start or end" in result.output


def test_a_table_has_a_line_for_each_row_whatever_their_length(capsys):
    show([{"topic": "t" * 150, "lag": 7, "owner": None, "is_paused": True}] * 2, as_json=False)
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["topic", "lag", "owner", "is", "paused"]
    assert [line.split() for line in lines] == [["t" * 150, "7", "-", "yes"]] * 2


def test_programs_get_a_json_object_a_line(capsys):
    show([{"offset": 7}, {"offset": None}], as_json=True)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"offset": 7}, {"offset": None}]


def test_bytes_cannot_command_the_terminal_that_shows_them():
    assert _printable("扣了\n\x1b[2J\xff".encode("latin-1", errors="ignore")) == "\n\\x1b[2J\\xff"
    assert _printable("扣了\n\x1b]0;\x9b".encode()) == "扣了\n\\x1b]0;\\x9b"
    assert "tombstone" in _printable(None)
