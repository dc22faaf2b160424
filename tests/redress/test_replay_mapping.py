"""A replay mapping: files in, a validated mapping or every fault with its line out."""

from __future__ import annotations

from pathlib import Path

import pytest

from redress.replay.condition import Condition
from redress.replay.event_fields import EVENT_MODELS, list_fields
from redress.replay.mapping import ReplayMapping
from services.config.yaml_files import ConfigError, load

SHIPPED = sorted((Path(__file__).parents[2] / "redress" / "mappings").glob("*.yaml"))

GOOD = """\
version: 1
zone: Europe/Lisbon
row: {complaint: number, occurred_at: at, format: "%d-%m-%Y %H:%M"}
complaint:
  channel: {value: web}
  customer.id: caller
  subject: {value: none}
events:
  - {type: complaint_received, when: first}
  - {type: complaint_paused, when: {column: state, becomes: Waiting}, fields: {reason: {value: customer}}}
"""


def mapping_of(text: str, folder: Path) -> ReplayMapping:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, ReplayMapping)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_mapping_is_valid(path):
    assert load(path, ReplayMapping).columns


def test_a_mapping_names_every_column_it_reads(tmp_path):
    assert mapping_of(GOOD, tmp_path).columns == {"number", "at", "caller", "state"}


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("Europe/Lisbon", "Europe/Lisboa", 2, "IANA time zone"),
        ("%d-%m-%Y %H:%M", "%H:%M", 3, "year, month and day"),
        ("occurred_at: at, ", "", 3, "missing"),
        ("{value: web}", "{}", 5, "column's name"),
        ("{value: web}", "{value: web, default: app}", 5, "belong to a column"),
        ("customer.id: caller", "customer.idd: caller", 6, "has no field customer.idd"),
        ("  customer.id: caller\n", "", 4, "needs the field customer.id"),
        ("when: first}", "when: last}", 9, "when: first"),
        ("type: complaint_paused", "type: complaint_stopped", 10, "no event type"),
        ("becomes: Waiting", "becomes: Waiting, leaves: Done", 10, "one of"),
        ("column: state, becomes", "columns: state, becomes", 10, "no such field"),
        ("{value: customer}", "{value: costumer}", 10, "'costumer' does not fit reason"),
        (", fields: {reason: {value: customer}}", "", 10, "needs the field reason"),
        ("- {type: complaint_received, when: first}\n  ", "", 1, "exactly one"),
        ("when: first}", "when: [first, {column: state, is: A}]}", 1, "exactly one"),
        ("when: first}", "when: []}", 9, "at least 1 item"),
        ('"%d-%m-%Y %H:%M"', '["%d-%m-%Y %H:%M", "%H:%M"]', 3, "year, month and day"),
        ("becomes: Waiting}", "becomes: Waiting, present: true}", 10, "one of"),
        ("{column: state, becomes: Waiting}", "[{column: state, becomes: Waiting}, {column: state}]", 10, "one of"),
        ("customer.id: caller", "customer.id: {before: caller}", 6, "first row has none before it"),
        ("{value: customer}", "{before: state, value: customer}", 10, "{before: column}"),
        ("{value: customer}", '{from: state, values: {A: customer, "A ": other}}', 10, "the same value twice"),
        ("becomes: Waiting", 'becomes: [Waiting, "Waiting "]', 10, "the same text twice"),
        ('"%d-%m-%Y %H:%M"', '["%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M"]', 3, "the same format twice"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, old, new, line, says):
    assert GOOD.count(old) == 1
    with pytest.raises(ConfigError) as fault:
        mapping_of(GOOD.replace(old, new), tmp_path)
    messages = str(fault.value).splitlines()
    assert any(f"mapping.yaml:{line}:" in message and says in message for message in messages), messages


@pytest.mark.parametrize("event_type", ["promise_made", "customer_erased", "clock_advanced"])
def test_an_event_that_no_log_can_tell_of_has_no_mapping(event_type, tmp_path):
    entry = f"  - {{type: {event_type}, when: first}}\n"
    with pytest.raises(ConfigError, match="no event type"):
        mapping_of(GOOD + entry, tmp_path)


@pytest.mark.parametrize(
    ("event_type", "fields"),
    [
        ("complaint_escalated", {"level", "agent_id", "personal.reason"}),
        ("deadline_extended", {"clock", "by", "personal.reason"}),
        ("complaint_paused", {"reason", "agent_id", "personal.note"}),
        ("complaint_linked", {"other", "as", "agent_id"}),
    ],
)
def test_a_field_is_named_as_the_event_has_it(event_type, fields):
    assert set(list_fields(event_type)) == fields


def test_all_faults_are_told_at_once(tmp_path):
    broken = GOOD.replace("{value: customer}", "{value: costumer}").replace("Europe/Lisbon", "Atlantis")
    with pytest.raises(ConfigError) as fault:
        mapping_of(broken, tmp_path)
    assert len(str(fault.value).splitlines()) == 2


A, B, WAITING = {"state": "A"}, {"state": "B"}, {"state": "Waiting"}
NOTHING = {"state": None}


@pytest.mark.parametrize(
    ("condition", "before", "row", "happens"),
    [
        ({"becomes": "A"}, None, A, True),
        ({"becomes": "A"}, B, A, True),
        ({"becomes": "A"}, A, A, False),
        ({"becomes": ["A", "B"]}, A, B, False),
        ({"becomes": ["A", "B"]}, WAITING, B, True),
        ({"leaves": "A"}, A, B, True),
        ({"leaves": "A"}, None, B, False),
        ({"leaves": ["A", "B"]}, A, B, False),
        ({"leaves": ["A", "B"]}, B, WAITING, True),
        ({"leaves": "?"}, None, A, True),
        ({"leaves": "?"}, NOTHING, A, True),
        ({"leaves": "?"}, A, B, False),
        ({"becomes": "?"}, A, NOTHING, True),
        ({"becomes": "?"}, None, NOTHING, False),
        ({"changes": "true"}, A, B, True),
        ({"changes": "true"}, A, A, False),
        ({"changes": "true"}, None, A, False),
        ({"changes": "true"}, NOTHING, A, False),
        ({"changes": "true"}, A, NOTHING, False),
        ({"is": "A"}, A, A, True),
        ({"is": ["A", "B"]}, None, B, True),
        ({"is": "A"}, A, B, False),
        ({"is": "?"}, A, NOTHING, True),
        ({"present": "true"}, A, A, True),
        ({"present": "true"}, A, NOTHING, False),
        ({"becomes": " A "}, B, A, True),
        ({"becomes": "re\u0301solu"}, B, {"state": "r\xe9solu"}, True),
    ],
)
def test_a_condition_is_a_difference_between_a_row_and_the_one_before(condition, before, row, happens):
    found = Condition.model_validate({"column": "state", **condition})
    assert found.applies(before, row, frozenset({"?"})) is happens


def test_the_first_row_meets_its_condition_once():
    first = Condition(first=True)
    assert first.applies(None, A, frozenset())
    assert not first.applies(A, A, frozenset())


def test_every_lifecycle_event_can_be_mapped():
    fields = {event_type: set(list_fields(event_type)) for event_type in EVENT_MODELS}
    assert fields["agent_replied"] == {"agent_id", "automatic", "kind", "handled_seconds", "personal.body"}
    assert {"subject", "body", "customer.id", "customer.name", "amount.value"} <= fields["complaint_received"]
    assert "clock_advanced" not in fields
