"""Files that are damaged, or not written with commas in UTF-8: what is read, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from redress.replay.mapping import ReplayMapping
from redress.replay.rows import FileRows, ReplayError, read_rows
from services.config.yaml_files import load
from tests.incident_log import NOW

MAPPING = """\
version: 1
zone: Asia/Shanghai
row: {complaint: id, occurred_at: at, format: "%Y-%m-%d %H:%M"}
complaint: {channel: {value: web}, customer.id: id, subject: text, body: state}
events: [{type: complaint_received, when: first}]
"""
GOOD = [f"{number},2024-01-02 10:0{number},New,text {number}" for number in range(2, 6)]


def read(folder: Path, *lines: str, more: str = "", encoding: str = "utf-8") -> FileRows:
    return read_bytes(folder, "\n".join(("id,at,state,text", *lines)).encode(encoding), more=more)


def read_bytes(folder: Path, content: bytes, more: str = "") -> FileRows:
    (folder / "log.csv").write_bytes(content)
    (folder / "mapping.yaml").write_text(MAPPING + more, encoding="utf-8")
    return read_rows(folder / "log.csv", load(folder / "mapping.yaml", ReplayMapping), until=NOW)


def ids(found: FileRows) -> list[str]:
    return [row.complaint for row in found.rows]


def rejected_lines(found: FileRows) -> list[int]:
    return [rejection.line for rejection in found.rejected]


def test_a_quote_that_is_never_closed_costs_its_line_alone_and_is_named(tmp_path):
    found = read(tmp_path, '1,2024-01-02 10:00,New,"He said: hi', *GOOD)
    assert ids(found) == ["2", "3", "4", "5"]
    assert rejected_lines(found) == [2]
    assert found.rejected[0].reason.startswith("a quote opens on this line and is not closed")


def test_a_quote_that_the_quotes_of_a_later_row_seem_to_close_costs_its_line_alone(tmp_path):
    closes = '6,2024-01-02 10:06,"New","text, 6"'
    found = read(tmp_path, *GOOD[:2], '1,2024-01-02 10:00,New,"5 inch', *GOOD[2:], closes)
    assert ids(found) == ["2", "3", "4", "5", "6"]
    assert rejected_lines(found) == [4]


def test_a_quote_whose_text_is_longer_than_a_cell_may_be_costs_its_line_alone(tmp_path):
    many = [f"{number},2024-01-02 10:00,New,{'long ' * 20}" for number in range(2_000)]
    found = read(tmp_path, '1,2024-01-02 10:00,New,"He said: hi', *many)
    assert len(found.rows) == 2_000
    assert rejected_lines(found) == [2]


def test_text_behind_a_closed_quote_is_no_csv(tmp_path):
    found = read(tmp_path, '1,2024-01-02 10:00,New,"He" said', *GOOD)
    assert ids(found) == ["2", "3", "4", "5"]
    assert [(one.line, one.reason) for one in found.rejected] == [(2, "the row is not CSV: ',' expected after '\"'")]


def test_a_cell_may_hold_lines_delimiters_and_quotes(tmp_path):
    found = read(tmp_path, '1,2024-01-02 10:00,New,"two\nlines, and ""quotes"""', *GOOD)
    assert found.rows[0].values["text"] == 'two\nlines, and "quotes"'
    assert found.rejected == []


def test_rows_with_too_few_or_too_many_cells_are_rejected(tmp_path):
    found = read(tmp_path, "1,2024-01-02 10:00,New", *GOOD, "6,2024-01-02 10:06,New,text,more")
    assert ids(found) == ["2", "3", "4", "5"]
    assert [(one.line, one.reason) for one in found.rejected] == [
        (2, "the row has 3 columns, the header 4"),
        (7, "the row has 5 columns, the header 4"),
    ]


def test_empty_rows_are_no_rows(tmp_path):
    found = read(tmp_path, "", GOOD[0], ",,,", "  ", GOOD[1], "")
    assert ids(found) == ["2", "3"]
    assert found.rejected == []


@pytest.mark.parametrize(
    ("zone", "at"), [("Asia/Shanghai", "0001-01-01 00:00"), ("America/New_York", "9999-12-31 23:59")]
)
def test_an_instant_at_an_end_of_the_calendar_costs_its_row_alone(tmp_path, zone, at):
    (tmp_path / "mapping.yaml").write_text(MAPPING.replace("Asia/Shanghai", zone), encoding="utf-8")
    (tmp_path / "log.csv").write_text("\n".join(("id,at,state,text", f"1,{at},New,text", *GOOD)), encoding="utf-8")
    found = read_rows(tmp_path / "log.csv", load(tmp_path / "mapping.yaml", ReplayMapping), until=NOW)
    assert ids(found) == ["2", "3", "4", "5"]
    assert [(one.line, one.reason[:18]) for one in found.rejected] == [(2, "column at lies out")]


def test_spaces_around_cells_and_columns_count_for_nothing(tmp_path):
    found = read_bytes(
        tmp_path, b'id , at,state,text\n1,2024-01-02 10:00,Resolved ,a\n1 ,2024-01-02 10:01 , Resolved, "b, c"'
    )
    assert ids(found) == ["1", "1"]
    assert [row.values["state"] for row in found.rows] == ["Resolved", "Resolved"]
    assert found.rows[1].values["text"] == "b, c"


def test_a_letter_with_its_accent_apart_is_the_same_letter(tmp_path):
    found = read(tmp_path, "re\u0301f,2024-01-02 10:00,New,text", "r\xe9f,2024-01-02 10:01,New,text")
    assert ids(found) == ["r\xe9f", "r\xe9f"]


def test_a_files_delimiter_and_encoding_are_written_in_the_mapping(tmp_path):
    lines = "id;at;state;text\n1;2024-01-02 10:00;New;L\xe9a, 5"
    found = read_bytes(tmp_path, lines.encode("latin-1"), more='file: {delimiter: ";", encoding: latin-1}')
    assert found.rows[0].values["text"] == "L\xe9a, 5"
    tabs = read_bytes(tmp_path, lines.replace(";", "\t").encode(), more='file: {delimiter: "\\t"}')
    assert tabs.rows[0].values["text"] == "L\xe9a, 5"


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    assert ids(read(tmp_path, *GOOD, encoding="utf-8-sig")) == ["2", "3", "4", "5"]
    assert ids(read(tmp_path, *GOOD, encoding="utf-16", more="file: {encoding: utf-16}")) == ["2", "3", "4", "5"]


def test_bytes_behind_which_no_text_begins_again_end_the_reading_and_are_named(tmp_path):
    content = "\n".join(("id,at,state,text", *GOOD)).encode("utf-16") + b"x"
    found = read_bytes(tmp_path, content, more="file: {encoding: utf-16}")
    assert len(found.rejected) == 1
    assert found.rejected[0].reason.startswith("nothing is read from here to the end")


def test_a_wrong_delimiter_is_suspected_where_columns_are_missing(tmp_path):
    with pytest.raises(ReplayError, match="delimiter ','"):
        read_bytes(tmp_path, b"id;at;state;text\n")


def test_a_file_whose_newest_row_comes_first_is_read_from_its_end(tmp_path):
    lines = [f"1,2024-01-02 10:00,{state},text" for state in ("Closed", "Resolved", "New")]
    found = read(tmp_path, *lines, more="file: {newest_first: true}")
    assert [row.values["state"] for row in found.rows] == ["New", "Resolved", "Closed"]
    assert [(row.number, row.line) for row in found.rows] == [(1, 4), (2, 3), (3, 2)]


def test_rows_keep_their_numbers_when_newer_ones_come_before_them(tmp_path):
    lines = [f"1,2024-01-02 10:0{minute},New,text" for minute in (3, 2, 1)]
    before = read(tmp_path, *lines[1:], more="file: {newest_first: true}")
    after = read(tmp_path, "1,2024-01-02 10:04,New,?,?", *lines, more="file: {newest_first: true}")
    assert [row.number for row in after.rows[:2]] == [row.number for row in before.rows]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("{encoding: klingon}", "no encoding of text"),
        ("{encoding: base64}", "no encoding of text"),
        ('{delimiter: "::"}', "one character"),
        ("{delimiter: '\"'}", "one character"),
    ],
)
def test_a_file_shape_that_cannot_be_is_refused_with_its_line(tmp_path, file, says):
    with pytest.raises(Exception, match=rf"mapping.yaml:6: .*{says}"):
        read(tmp_path, *GOOD, more=f"file: {file}")
