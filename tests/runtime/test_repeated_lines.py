"""Lines that repeat: the first at once, then a count per period; levels stay, and no error is lost."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from services.runtime import logs, repeated_lines
from services.runtime.repeated_lines import MOST_KINDS, RepeatedLines


class Written(logging.Handler):
    """What a handler would write."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.counted = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        if hasattr(record, "repeated"):
            self.counted.set()

    def lines(self) -> list[tuple[str, str, int | None]]:
        return [(one.levelname, one.getMessage(), getattr(one, "repeated", None)) for one in self.records]


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def lines(written: Written) -> Iterator[RepeatedLines]:
    folded = RepeatedLines(written)
    yield folded
    folded.close()


def said(level: int, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("aiokafka.producer.sender", level, __file__, 1, message, arguments, None)


RETRYING = "Got error produce response on topic-partition %s, retrying. Error: %s"


def test_a_flood_of_one_line_of_code_is_its_first_and_one_count_per_period(
    lines: RepeatedLines, written: Written
) -> None:
    for number in range(23_000):
        lines.handle(said(logging.WARNING, RETRYING, number % 12, "not leader"))
    assert written.lines() == [("WARNING", RETRYING % (0, "not leader"), None)]
    lines.flush()
    assert written.lines()[1:] == [("WARNING", RETRYING % (22_999 % 12, "not leader"), 22_999)]
    lines.handle(said(logging.WARNING, RETRYING, 7, "not leader"))
    lines.flush()
    assert written.lines()[2:] == [("WARNING", RETRYING % (7, "not leader"), 1)]


def test_what_was_quiet_for_a_period_is_told_at_once_again(lines: RepeatedLines, written: Written) -> None:
    for _ in range(2):
        lines.handle(said(logging.WARNING, "the coordinator is dead"))
        lines.flush()
    assert written.lines() == [("WARNING", "the coordinator is dead", None)] * 2


def test_errors_that_say_something_else_are_all_told_at_once(lines: RepeatedLines, written: Written) -> None:
    for node in (1, 2, 3, 1):
        lines.handle(said(logging.ERROR, "Unable connect to node with id %s", node))
    lines.handle(said(logging.CRITICAL, "Unable connect to node with id %s", 1))
    assert [message[-1] for _, message, _ in written.lines()] == ["1", "2", "3", "1"]
    lines.flush()
    assert written.lines()[-1] == ("ERROR", "Unable connect to node with id 1", 1)


def test_what_is_remembered_is_bounded_and_no_count_is_lost(lines: RepeatedLines, written: Written) -> None:
    lines.handle(said(logging.ERROR, "first"))
    lines.handle(said(logging.ERROR, "first"))
    for number in range(MOST_KINDS):
        lines.handle(said(logging.ERROR, "another, %s", number))
    assert ("ERROR", "first", 1) in written.lines()
    assert len(written.records) == MOST_KINDS + 2


def test_the_count_comes_by_itself_when_the_period_is_over(
    lines: RepeatedLines, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated_lines, "PERIOD_SECONDS", 0.05)
    for _ in range(3):
        lines.handle(said(logging.WARNING, "away"))
    assert written.counted.wait(60)
    assert ("WARNING", "away", 2) in written.lines()


@pytest.mark.usefixtures("logging_as_before")
def test_a_process_that_ends_tells_its_counts_from_libraries_and_from_our_own_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json")
    for attempt in range(3):
        logging.getLogger("aiokafka").error("Unable connect to %s", "one")
        structlog.get_logger("ours").warning("Kafka is away", servers=["one"])
        structlog.get_logger("ours").warning("a late partition", partition=attempt)
        structlog.get_logger("ours").info("partition ready", partition=1)
    logging.getLogger().handlers[0].flush()
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["level"], one["event"], one.get("repeated")) for one in told] == [
        ("error", "Unable connect to one", None),
        ("warning", "Kafka is away", None),
        ("warning", "a late partition", None),
        ("info", "partition ready", None),
        ("warning", "a late partition", None),
        ("info", "partition ready", None),
        ("warning", "a late partition", None),
        ("info", "partition ready", None),
        ("error", "Unable connect to one", 2),
        ("warning", "Kafka is away", 2),
    ]


AT_THE_END = """
import logging
import subprocess
import sys
from services.runtime import logs

class Unclosed:
    def __del__(self):
        logging.getLogger("late").error("this was never closed")

logs.configure("json")
unclosed = Unclosed()
"""


def test_what_is_said_while_the_process_ends_does_not_keep_it_from_ending() -> None:
    """A thread that is started then never runs, and who starts it waits for it for ever."""
    ended = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, timeout=60, check=True)
    assert b"this was never closed" in ended.stdout + ended.stderr
