"""Logs of other shapes: a row for a whole complaint, a row for each comment, agents who change, ids that restart."""

from __future__ import annotations

from pathlib import Path

from redress.replay.conversion import ConvertedLog, convert_log
from redress.replay.mapping import ReplayMapping
from redress.replay.rows import read_rows
from schemas.ids import derived_id
from services.config.yaml_files import load
from tests.incident_log import NOW

HEAD = """\
version: 1
zone: Asia/Shanghai
row: {complaint: id, occurred_at: created, format: iso8601, missing: "-"}
complaint: {channel: {value: web}, customer.id: id, subject: {value: none}, body: {value: none}}
events:
  - {type: complaint_received, when: first}
"""
ONE_ROW = """\
  - {type: agent_replied, when: {column: replied, present: true}, occurred_at: replied}
  - {type: agent_replied, when: {column: replied_again, present: true}, occurred_at: replied_again}
  - type: complaint_resolved
    when: {column: closed, present: true}
    occurred_at: closed
    fields: {outcome: {value: explained}}
  - {type: complaint_closed, when: {column: closed, present: true}, occurred_at: closed}
"""
AGENTS = """\
  - {type: agent_assigned, when: {column: agent, leaves: "-"}, fields: {agent_id: agent}}
  - {type: agent_assigned, when: {column: agent, changes: true}, fields: {agent_id: agent, replaces: {before: agent}}}
  - {type: agent_released, when: {column: agent, becomes: "-"}, fields: {agent_id: {before: agent}}}
"""


def converted(folder: Path, events: str, *lines: str, id_prefix: str = "") -> ConvertedLog:
    (folder / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "mine.yaml").write_text(HEAD + events, encoding="utf-8")
    mapping = load(folder / "mine.yaml", ReplayMapping)
    read = read_rows(folder / "log.csv", mapping, until=NOW, id_prefix=id_prefix)
    return convert_log(read, mapping, "mine", recorded_at=NOW)


def story(found: ConvertedLog) -> list[tuple[str, str]]:
    return [(event.type, event.occurred_at.strftime("%d %H:%M")) for event in found.events]


def test_a_complaint_that_is_created_and_closed_in_one_row_happens_at_the_instants_of_its_columns(tmp_path):
    found = converted(
        tmp_path,
        ONE_ROW,
        "id,created,replied,replied_again,closed",
        "1,2024-01-02T10:00Z,2024-01-02T11:00Z,2024-01-02T12:00Z,2024-01-05T09:00Z",
        "2,2024-01-03T10:00Z,-,-,-",
    )
    assert story(found) == [
        ("complaint_received", "02 10:00"),
        ("agent_replied", "02 11:00"),
        ("agent_replied", "02 12:00"),
        ("complaint_received", "03 10:00"),
        ("complaint_resolved", "05 09:00"),
        ("complaint_closed", "05 09:00"),
    ]
    assert len({event.event_id for event in found.events}) == 6
    assert [event.source_sequence for event in found.events] == [101, 102, 103, 201, 104, 105]


def test_an_instant_of_an_events_own_that_is_wrong_rejects_its_row_by_the_columns_name(tmp_path):
    columns = "id,created,replied,replied_again,closed"
    tomorrow = converted(tmp_path, ONE_ROW, columns, "1,2024-01-02T10:00Z,-,-,2124-01-02T10:00Z")
    assert tomorrow.events == []
    assert tomorrow.rejected[0].reason == "complaint_resolved: column closed lies in the future"
    written = converted(tmp_path, ONE_ROW, columns, "1,2024-01-02T10:00Z,soon,-,-")
    assert written.rejected[0].reason == "agent_replied: column replied is not written as iso8601"


def test_a_change_of_agent_is_a_hand_over_and_an_emptied_one_a_release(tmp_path):
    agents = ("-", "ann", "ann", "bob", "-", "cyd")
    rows = [f"1,2024-01-02T1{hour}:00Z,{agent}" for hour, agent in enumerate(agents)]
    told = [
        (event.type, event.agent_id, getattr(event, "replaces", None))
        for event in converted(tmp_path, AGENTS, "id,created,agent", *rows).events[1:]
    ]
    assert told == [
        ("agent_assigned", "ann", None),
        ("agent_assigned", "bob", "ann"),
        ("agent_released", "bob", None),
        ("agent_assigned", "cyd", None),
    ]


def test_a_hand_over_names_the_agent_before_the_rejected_row_too(tmp_path):
    rows = ["1,2024-01-02T10:00Z,ann", f"1,2024-01-02T11:00Z,{'x' * 201}", "1,2024-01-02T12:00Z,bob"]
    found = converted(tmp_path, AGENTS, "id,created,agent", *rows)
    assert [(one.line, one.reason[:25]) for one in found.rejected] == [(3, "agent_assigned: agent_id:")]
    assert (found.events[-1].agent_id, found.events[-1].replaces) == ("bob", "ann")


def test_a_field_from_the_row_before_is_translated_as_others_are(tmp_path):
    events = """\
  - type: complaint_reclassified
    when: {column: kind, changes: true}
    fields: {category: kind, product: {before: kind, values: {A: from-a}, default: from-another}}
"""
    rows = [f"1,2024-01-02T1{hour}:00Z,{kind}" for hour, kind in enumerate(("A", "B", "C"))]
    found = converted(tmp_path, events, "id,created,kind", *rows).events[1:]
    assert [(event.category, event.product) for event in found] == [("B", "from-a"), ("C", "from-another")]


def test_every_row_with_a_value_is_an_event_and_all_conditions_of_a_list_must_hold(tmp_path):
    events = """\
  - {type: agent_replied, when: [{column: comment, present: true}, {column: author, is: [agent, lead]}]}
  - {type: customer_replied, when: [{column: comment, present: true}, {column: author, is: customer}]}
  - type: complaint_resolved
    when: [{column: state, becomes: Done}, {column: author, is: lead}]
    fields: {outcome: {value: explained}}
"""
    rows = [
        "1,2024-01-02T10:00Z,customer,New,-",
        "1,2024-01-02T11:00Z,agent,New,what happened?",
        "1,2024-01-02T12:00Z,customer,New,this",
        "1,2024-01-02T13:00Z,agent,Done,-",
        "1,2024-01-02T14:00Z,agent,New,sorry",
        "1,2024-01-02T15:00Z,lead,Done,done",
    ]
    found = converted(tmp_path, events, "id,created,author,state,comment", *rows)
    assert story(found)[1:] == [
        ("agent_replied", "02 11:00"),
        ("customer_replied", "02 12:00"),
        ("agent_replied", "02 14:00"),
        ("agent_replied", "02 15:00"),
        ("complaint_resolved", "02 15:00"),
    ]


def test_rows_that_lead_to_nothing_are_counted(tmp_path):
    rows = ["1,2024-01-02T10:00Z,ann", "1,2024-01-02T11:00Z,ann", "1,never,ann", "1,2024-01-02T12:00Z,bob"]
    found = converted(tmp_path, AGENTS, "id,created,agent", *rows)
    assert (found.rows_with_events, found.rows_without_events, len(found.rejected)) == (2, 1, 1)


def test_rejected_rows_are_told_by_line_whatever_is_wrong_with_them(tmp_path):
    rows = ["1,2024-01-02T10:00Z,ann", f"1,2024-01-02T11:00Z,{'x' * 201}", "1,never,ann", "1,2024-01-02T11:30Z"]
    assert [one.line for one in converted(tmp_path, AGENTS, "id,created,agent", *rows).rejected] == [3, 4, 5]


def test_ids_that_restart_in_each_file_are_told_apart_by_a_prefix(tmp_path):
    log = ("id,created", "1,2024-01-02T10:00Z")
    last_year = converted(tmp_path, "", *log, id_prefix="2023-").events[0]
    this_year = converted(tmp_path, "", *log, id_prefix="2024-").events[0]
    assert this_year.complaint_id == derived_id("replay", "mine", "2024-1")
    assert last_year.complaint_id != this_year.complaint_id
    assert this_year.customer.id == "2024-1", "where a field reads the column, too"


def test_an_empty_cell_is_missing_whatever_else_is(tmp_path):
    rows = ["1,2024-01-02T10:00Z,", "1,2024-01-02T11:00Z,ann", "1,2024-01-02T12:00Z, "]
    found = converted(tmp_path, AGENTS, "id,created,agent", *rows)
    assert [event.type for event in found.events] == ["complaint_received", "agent_assigned", "agent_released"]
