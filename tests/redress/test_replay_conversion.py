"""From rows of a log to lifecycle events: what each row says, what is rejected, and the ids."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from redress.replay.conversion import ConvertedLog, convert_log
from redress.replay.mapping import ReplayMapping
from redress.replay.rows import ReplayError, read_rows
from schemas.ids import derived_id
from services.config.yaml_files import load
from tests.incident_log import NOW, incident_history, needs_incident_log

MAPPING = """\
version: 1
zone: Europe/Lisbon
row: {complaint: number, occurred_at: at, format: "%d-%m-%Y %H:%M", missing: "?"}
complaint:
  channel: {from: how, values: {Phone: phone, Web: web}}
  customer.id: caller
  amount.value: amount
  amount.currency: {value: EUR}
  customer.name: name
events:
  - {type: complaint_received, when: first}
  - {type: agent_assigned, when: {column: agent, leaves: "?"}, fields: {agent_id: agent}}
  - {type: agent_assigned, when: {column: agent, changes: true}, fields: {agent_id: agent, replaces: {before: agent}}}
  - {type: agent_released, when: {column: agent, becomes: "?"}, fields: {agent_id: {before: agent}}}
  - type: agent_replied
    when: {column: state, becomes: Answered}
    fields: {agent_id: agent, automatic: {from: robot, default: "false"}}
  - {type: complaint_resolved, when: {column: state, becomes: Done}, fields: {outcome: outcome}}
verdict: {from: kept, values: {"yes": kept, "no": missed}}
"""
HEADER = "number,at,how,caller,name,amount,agent,state,robot,outcome,kept"


def told(folder: Path, *rows: str, header: str = HEADER, mapping_text: str = MAPPING) -> ConvertedLog:
    (folder / "log.csv").write_text("\n".join((header, *rows)), encoding="utf-8")
    (folder / "mine.yaml").write_text(mapping_text, encoding="utf-8")
    mapping = load(folder / "mine.yaml", ReplayMapping)
    return convert_log(read_rows(folder / "log.csv", mapping, until=NOW), mapping, "mine", recorded_at=NOW)


def row(at: str, number: str = "C1", **values: str) -> str:
    filled = {
        "number": number, "at": at, "how": "Phone", "caller": "K7", "name": "?", "amount": "?", "agent": "?",
        "state": "New", "robot": "?", "outcome": "upheld", "kept": "yes", **values,
    }  # fmt: skip
    return ",".join(filled[column] for column in HEADER.split(","))


def test_row_changes_become_events_at_their_rows_instant(tmp_path):
    found = told(
        tmp_path,
        row("01-03-2016 10:00"),
        row("01-03-2016 10:30", agent="A1"),
        row("01-03-2016 10:45", agent="A1"),
        row("01-03-2016 11:00", agent="A2", state="Answered"),
        row("01-03-2016 12:00", agent="A2", state="Done"),
    )
    assert [(event.type, event.occurred_at.strftime("%H:%M")) for event in found.events] == [
        ("complaint_received", "10:00"),
        ("agent_assigned", "10:30"),
        ("agent_assigned", "11:00"),
        ("agent_replied", "11:00"),
        ("complaint_resolved", "12:00"),
    ]
    assert found.rejected == []


def test_of_several_entries_with_one_type_the_first_that_fires_on_a_row_speaks(tmp_path):
    pauses = """\
  - {type: complaint_paused, when: {column: state, becomes: Waiting}, fields: {reason: {value: customer}}}
  - {type: complaint_paused, when: {column: state, leaves: New}, fields: {reason: {value: other}}}
verdict:"""
    found = told(
        tmp_path,
        row("01-03-2016 10:00"),
        row("01-03-2016 11:00", state="Waiting"),
        mapping_text=MAPPING.replace("verdict:", pauses),
    )
    assert [event.reason for event in found.events if event.type == "complaint_paused"] == ["customer"]


def test_fields_come_from_columns_constants_and_values(tmp_path):
    received = told(tmp_path, row("01-03-2016 10:00", amount="12.50", name="Li Wei")).events[0]
    assert received.channel == "phone"
    assert received.customer.id == "K7"
    assert (received.amount.value, received.amount.currency) == ("12.50", "EUR")
    assert received.personal.name == "Li Wei"


def test_what_names_a_person_stands_in_the_personal_part(tmp_path):
    more = """\
  representative.name: name
  attributes.desk: agent
  about.kind: {value: agent}
  about.id: agent
"""
    events = """\
  - {type: complaint_withdrawn, when: {column: state, becomes: Done}, fields: {personal.reason: name}}
"""
    found = told(
        tmp_path,
        row("01-03-2016 10:00", name="Li Wei", agent="A1"),
        row("01-03-2016 11:00", name="Li Wei", agent="A1", state="Done"),
        mapping_text=MAPPING.replace("events:\n", f"{more}events:\n").replace("verdict:", f"{events}verdict:"),
    )
    received, *_, withdrawn = found.events
    assert found.rejected == []
    assert received.personal.representative.name == "Li Wei"
    assert received.personal.attributes == {"desk": "A1"}
    assert (received.about.kind, received.about.id) == ("agent", "A1")
    assert withdrawn.personal.reason == "Li Wei"


def test_an_amount_without_a_value_is_no_amount(tmp_path):
    assert told(tmp_path, row("01-03-2016 10:00")).events[0].amount is None


def test_a_flag_is_read_from_its_word(tmp_path):
    answered = told(tmp_path, row("01-03-2016 10:00", state="Answered", robot="true")).events[1]
    assert answered.automatic is True


def test_a_number_is_read_from_its_digits(tmp_path):
    worked = MAPPING.replace("fields: {outcome: outcome}", "fields: {outcome: outcome, handled_seconds: {value: '90'}}")
    rows = row("01-03-2016 10:00"), row("01-03-2016 11:00", state="Done")
    assert told(tmp_path, *rows, mapping_text=worked).events[-1].handled_seconds == 90
    below_zero = told(tmp_path, *rows, mapping_text=worked.replace("'90'", "'-90'"))
    assert [event.type for event in below_zero.events] == ["complaint_received"]


def test_rows_out_of_order_are_told_in_the_order_they_happened(tmp_path):
    found = told(tmp_path, row("01-03-2016 12:00", state="Done"), row("01-03-2016 10:00"))
    assert [event.type for event in found.events] == ["complaint_received", "complaint_resolved"]


def test_complaints_are_interleaved_by_time(tmp_path):
    found = told(
        tmp_path,
        row("01-03-2016 10:00"),
        row("01-03-2016 12:00", state="Done"),
        row("01-03-2016 11:00", number="C2"),
    )
    assert [event.complaint_id for event in found.events] == [
        derived_id("replay", "mine", "C1"),
        derived_id("replay", "mine", "C2"),
        derived_id("replay", "mine", "C1"),
    ]


def test_local_times_are_read_in_the_mappings_zone(tmp_path):
    """Lisbon changes to summer time at 01:00 on 27 March 2016: what stands in the gap moves forward by it."""
    found = told(
        tmp_path,
        row("26-03-2016 12:00", number="winter"),
        row("27-03-2016 01:30", number="gap"),
        row("27-03-2016 12:00", number="summer"),
    )
    assert [event.occurred_at.strftime("%H:%M") for event in found.events] == ["12:00", "01:30", "11:00"]


def test_ids_depend_on_the_row_and_not_on_its_place(tmp_path):
    def ids(*rows: str) -> list[str]:
        return sorted(event.event_id for event in told(tmp_path, *rows).events)

    one, other = row("01-03-2016 10:00"), row("01-03-2016 10:05", state="Done")
    assert ids(one, other) == ids(other, one)
    assert ids(one, other) != ids(one, row("01-03-2016 10:05", state="Done", kept="no"))


def test_identical_rows_have_ids_of_their_own(tmp_path):
    done, again = row("01-03-2016 10:05", state="Done"), row("01-03-2016 10:05", state="New")
    found = told(tmp_path, row("01-03-2016 10:00"), done, again, done, again)
    resolved = [event.event_id for event in found.events if event.type == "complaint_resolved"]
    assert len(resolved) == len(set(resolved)) == 2


def test_the_source_sequence_keeps_the_files_order_within_a_minute(tmp_path):
    found = told(
        tmp_path,
        row("01-03-2016 10:00", agent="A1"),
        row("01-03-2016 10:00", agent="A2"),
        row("01-03-2016 10:00", agent="A3"),
    )
    assigned = [event for event in found.events if event.type == "agent_assigned"]
    assert [event.agent_id for event in assigned] == ["A1", "A2", "A3"]
    assert [event.source_sequence for event in assigned] == [102, 203, 303]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("C1,not a time,Phone,K7,?,?,?,New,?,upheld,yes", "column at is not written as %d-%m-%Y %H:%M"),
        (row("?"), "column at is empty: the row names no instant"),
        (row("01-03-2016 10:00", number="?"), "column number is empty: the row names no complaint"),
        (row("01-03-2016 10:00", how="Fax"), "complaint_received: channel: column how has a value that"),
        (row("01-03-2016 10:00", caller="?"), "complaint_received: customer.id is missing: column caller is empty"),
        (row("01-03-2016 10:00", amount="much"), "complaint_received: amount.value: String should match pattern"),
        (row("01-03-2016 10:00", state="Done", outcome="fine"), "complaint_resolved: outcome: Input should be"),
        (row("01-03-2036 10:00"), "column at lies in the future"),
        ("C1,01-03-2016 10:00,Phone", "the row has 3 columns, the header 11"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_on(tmp_path, bad, reason):
    found = told(tmp_path, row("01-03-2016 09:00", number="C0"), bad, row("01-03-2016 11:00"))
    assert [rejection.line for rejection in found.rejected] == [3]
    assert found.rejected[0].reason.startswith(reason)
    assert [event.type for event in found.events] == ["complaint_received", "complaint_received"]


def test_a_rejected_row_is_as_if_it_were_not_there(tmp_path):
    found = told(
        tmp_path,
        row("01-03-2016 10:00", state="Done", outcome="fine"),
        row("01-03-2016 11:00", state="Done"),
    )
    assert [event.occurred_at.strftime("%H:%M") for event in found.events] == ["11:00", "11:00"]


def test_a_byte_that_is_not_utf8_spoils_only_its_row(tmp_path):
    told(tmp_path, row("01-03-2016 10:00"))
    log = tmp_path / "log.csv"
    log.write_bytes(log.read_bytes() + b"\n" + row("01-03-2016 11:00", name="L\xe9a").encode("latin-1"))
    read = read_rows(log, load(tmp_path / "mine.yaml", ReplayMapping), until=NOW)
    assert [one.number for one in read.rows] == [1]
    assert [(rejection.line, rejection.reason) for rejection in read.rejected] == [
        (3, "the row is not utf-8; write the file's `encoding` under `file:`")
    ]


def test_the_line_of_a_row_after_one_of_several_lines_is_right(tmp_path):
    found = told(tmp_path, row("01-03-2016 10:00", name='"two\nlines"'), row("?"))
    assert [rejection.line for rejection in found.rejected] == [4]


def test_a_column_that_the_file_lacks_is_named(tmp_path):
    with pytest.raises(ReplayError, match="caller"):
        told(tmp_path, header=HEADER.replace("caller", "called_by"))


def test_the_logs_own_verdict_is_that_of_the_last_row(tmp_path):
    found = told(tmp_path, row("01-03-2016 10:00", kept="yes"), row("01-03-2016 11:00", kept="no"))
    assert found.verdicts == {derived_id("replay", "mine", "C1"): "missed"}


@needs_incident_log
def test_the_incident_log_holds_890_complaints_and_the_same_ids_every_time():
    first, second = incident_history(), incident_history()
    assert first.rejected == []
    assert len({event.complaint_id for event in first.events}) == 890
    assert [event.event_id for event in first.events] == [event.event_id for event in second.events]
    assert len({event.event_id for event in first.events}) == len(first.events)
    assert first.counts == {
        "complaint_received": 890,
        "agent_released": 95,
        "agent_assigned": 930,
        "agent_replied": 1225,
        "complaint_paused": 365,
        "complaint_resumed": 347,
        "complaint_reclassified": 108,
        "complaint_resolved": 901,
        "complaint_reopened": 12,
        "complaint_closed": 890,
    }
    assert Counter(first.verdicts.values()) == {"kept": 495, "missed": 395}
    assert (first.rows_with_events, first.rows_without_events) == (3_537, 2_461)


@needs_incident_log
def test_in_the_incident_log_agents_hand_over_what_they_hold_and_give_it_back():
    holders: dict[str, str | None] = {}
    agents: dict[str, set[str]] = {}
    for event in incident_history().events:
        holder = holders.get(event.complaint_id)
        if event.type == "agent_assigned":
            assert event.replaces == holder
            holders[event.complaint_id] = event.agent_id
            agents.setdefault(event.complaint_id, set()).add(event.agent_id)
        elif event.type == "agent_released":
            assert event.agent_id == holder
            holders[event.complaint_id] = None
        elif event.type == "complaint_reopened":
            holders[event.complaint_id] = None
    assert sum(len(several) > 1 for several in agents.values()) == 124


@needs_incident_log
def test_no_complaint_of_the_incident_log_acts_before_it_is_received():
    received: set[str] = set()
    last = NOW - timedelta(days=36_500)
    for event in incident_history().events:
        assert event.occurred_at >= last
        last = event.occurred_at
        if event.type == "complaint_received":
            received.add(event.complaint_id)
        assert event.complaint_id in received


def test_names_and_languages_are_read_as_intake_reads_them(tmp_path):
    mapping = MAPPING.replace("  customer.name: name\n", "  language: name\n")
    composed, decomposed = "Ren\u00e9", "Rene\u0301"
    found = told(
        tmp_path,
        row("01-03-2016 10:00", number=composed, caller=decomposed, name="zh_CN"),
        row("01-03-2016 11:00", number=decomposed, caller=decomposed, agent=decomposed, name="zh_CN"),
        mapping_text=mapping,
    )
    received, assigned = found.events
    assert received.complaint_id == assigned.complaint_id == derived_id("replay", "mine", composed)
    assert (received.customer.id, received.language, assigned.agent_id) == (composed, "zh-CN", composed)


@pytest.mark.parametrize(
    "names", [{"number": "K\u200b7"}, {"number": "C2", "caller": "K\u200b7"}, {"agent": "K\u200b7"}]
)
def test_a_row_with_an_invisible_character_in_a_name_is_rejected_with_that_character(tmp_path, names):
    found = told(tmp_path, row("01-03-2016 10:00"), row("01-03-2016 11:00", **names))
    (rejection,) = found.rejected
    assert rejection.line == 3
    assert "U+200B (ZERO WIDTH SPACE)" in rejection.reason
