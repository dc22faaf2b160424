"""``redress sla`` over recorded events: whatever their order, the same answer; and every line that is none is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.codec import encode
from schemas.ids import derived_id
from services.config.yaml_files import ConfigError
from services.sla_monitor.cli import sla
from tests.sla_monitor import stories
from tests.sla_monitor.recorded import BERLIN_VERSION, LAXER, LONG_STORY, RECEIVED, berlin, of, write_policies

NOW = ["--now", "2026-10-30T12:00:00+01:00"]
EVENTS = [
    *LONG_STORY,
    *of("another", RECEIVED, stories.routed(RECEIVED), stories.resolved(berlin(22, 16, 30))),
]
NAMES = ("one", "two", "three", "four", "five")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return write_policies(tmp_path / "current")


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    return write_policies(tmp_path / "candidate", LAXER)


def ndjson(events: list[Any]) -> str:
    return "".join(encode(event).decode() + "\n" for event in events)


def shuffled_and_doubled(events: list[Any]) -> list[Any]:
    return Random(5).sample(events * 2, 2 * len(events))


def asked(*arguments: object, lines: str = "") -> Result:
    return CliRunner().invoke(sla, [str(argument) for argument in arguments], input=lines)


def read(done: Result) -> list[Any]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_explain_prints_a_line_for_each_complaint_and_clock_in_the_order_of_their_ids(policies: Path) -> None:
    events = [event for name in NAMES for event in of(name, *LONG_STORY)]
    told = read(asked("explain", "--policies", policies, *NOW, lines=ndjson(events)))
    assert [line["complaint_id"] for line in told] == sorted(derived_id(name) for name in NAMES)
    for line in told:
        assert sum(interval["seconds"] for interval in line["intervals"]) == sum(line["totals"].values()) == 523_800


@pytest.mark.parametrize("command", ["explain", "pauses"])
def test_shuffled_and_doubled_events_get_the_same_answer(policies: Path, command: str) -> None:
    plain = asked(command, "--policies", policies, *NOW, lines=ndjson(EVENTS))
    again = asked(command, "--policies", policies, *NOW, lines=ndjson(shuffled_and_doubled(EVENTS)))
    assert plain.stdout
    assert again.stdout == plain.stdout


def test_a_line_that_is_no_event_is_named_and_the_others_are_answered(policies: Path) -> None:
    broken = [
        '{"type": "complaint_received"}\n',
        ndjson(EVENTS),
        "not even JSON\n",
        '{"type": "complaint_forgotten"}\n',
        ndjson([stories.extended(berlin(23, 9), by="0bd")]),
    ]
    done = asked("explain", "--policies", policies, *NOW, lines="".join(broken))
    assert done.exit_code == 1
    assert done.stdout == asked("explain", "--policies", policies, *NOW, lines=ndjson(EVENTS)).stdout
    first, second, third, fourth = done.stderr.splitlines()
    assert first.startswith("line 1: invalid_event: /")
    assert second.startswith("line 15: malformed_json")
    assert third.startswith("line 16: unknown_type")
    assert fourth.startswith("line 17: invalid_event: /by: write either until (an instant) or by")


def test_complaints_that_nobody_received_are_named_on_stderr(policies: Path) -> None:
    done = asked("explain", "--policies", policies, *NOW, lines=ndjson(EVENTS[1:]))
    assert len(read(done)) == 1
    assert done.stderr == (
        "complaints without clocks, as nothing says by then that they were received: "
        f"1; the first is {stories.COMPLAINT}\n"
    )


def test_a_clocks_own_events_say_nothing_of_a_complaint(policies: Path) -> None:
    advanced = {"type": "clock_advanced", "event_id": derived_id("clock"), "to": "2026-10-30T12:00:00Z"}
    when = {"occurred_at": "2026-10-30T12:00:00Z", "recorded_at": "2026-10-30T12:00:00Z"}
    done = asked("explain", "--policies", policies, *NOW, lines=json.dumps(advanced | when))
    assert read(done) == []
    assert done.stderr == ""


def test_what_if_prints_breaches_and_attainment_under_both(policies: Path, candidate: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.ndjson"
    history.write_text(ndjson(shuffled_and_doubled(EVENTS)))
    done = asked("what-if", "--policies", policies, "--candidate", candidate, "--history", history, *NOW)
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["now"], told["complaints"]) == ("2026-10-30T11:00:00Z", 2)
    assert told["current"] == {"policy_version": "2026-10", "calendar_versions": [BERLIN_VERSION]}
    assert told["candidate"] == {"policy_version": "2026-11", "calendar_versions": [BERLIN_VERSION]}
    assert told["breached"] == [
        {"clock": "resolution", "current": 1, "candidate": 0, "both": 0, "only_current": 1, "only_candidate": 0}
    ]
    assert told["attainment"]["overall"] == [
        {
            "clock": "resolution",
            "current": {"met": 1, "decided": 2, "share": 0.5},
            "candidate": {"met": 2, "decided": 2, "share": 1.0},
        }
    ]
    assert [(row["queue"], row["candidate"]["decided"]) for row in told["attainment"]["queue"]] == [("general", 2)]


def test_what_if_lists_the_complaints_and_clocks_that_differ(policies: Path, candidate: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.ndjson"
    history.write_text(ndjson(EVENTS))
    done = asked("what-if", "--policies", policies, "--candidate", candidate, "--history", history, *NOW, "--ndjson")
    (difference,) = read(done)
    assert (difference["complaint_id"], difference["clock"]) == (stories.COMPLAINT, "resolution")
    assert (difference["current"]["outcome"], difference["candidate"]["outcome"]) == ("breached", "met")
    assert difference["candidate"]["due_at"] == "2026-10-29T09:15:00Z"


def test_a_candidate_has_the_calendars_beside_it(policies: Path, candidate: Path, tmp_path: Path) -> None:
    calendar = candidate.parent / "calendars" / "berlin.yaml"
    calendar.write_text(calendar.read_text().replace("17:00", "23:00"))
    candidate.write_text(policies.read_text())
    history = tmp_path / "history.ndjson"
    history.write_text(ndjson(EVENTS))
    done = asked("what-if", "--policies", policies, "--candidate", candidate, "--history", history, *NOW)
    # The twelve hours are used up after seven of the Thursday and five of the Friday, and not on the Tuesday after.
    weeks = json.loads(done.stdout)["attainment"]["week"]
    assert [(row["week"], row["current"]["decided"], row["candidate"]["decided"]) for row in weeks] == [
        ("2026-W43", 0, 1),
        ("2026-W44", 2, 1),
    ]


def test_pauses_names_who_paused(policies: Path) -> None:
    told = read(asked("pauses", "--policies", policies, *NOW, lines=ndjson(EVENTS)))
    assert [(row.get("agent_id"), row.get("queue"), row["pauses"], row["paused_seconds"]) for row in told] == [
        ("ann", None, 1, 243_900),
        (None, "general", 1, 243_900),
    ]


@pytest.mark.parametrize(
    "instant", ["yesterday", "2026-10-30", "2026-10-30T12:00:00", "2026-10-30T12:00:00+0800", "1969-12-31T23:59:59Z"]
)
def test_now_is_an_instant_with_its_offset(policies: Path, instant: str) -> None:
    done = asked("explain", "--policies", policies, "--now", instant)
    assert done.exit_code == 2
    assert "write one with its offset, as 2026-11-02T17:30:00+08:00" in done.stderr


def test_without_now_it_is_the_current_time(policies: Path) -> None:
    long_ago, far_off = (datetime(year, 1, 6, 9, tzinfo=UTC) for year in (2020, 2199))
    events = [stories.received(long_ago), stories.resolved(far_off)]
    (told,) = read(asked("explain", "--policies", policies, lines=ndjson(events)))
    assert (told["state"], told["ended_at"]) == ("breached", None)


def test_broken_policies_are_refused_before_any_event_is_read(policies: Path) -> None:
    policies.write_text("version: 1\npolicies:\n  - {name: a, match: {}, clocks: {resolution: {target: 1h}}}\n")
    done = asked("explain", "--policies", policies, lines="not even JSON\n")
    assert isinstance(done.exception, ConfigError)
    assert f"{policies}:3: " in str(done.exception)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("command", ["explain", "pauses"])
def test_a_byte_order_mark_and_blank_lines_are_no_faults(policies: Path, command: str) -> None:
    plain = asked(command, "--policies", policies, *NOW, lines=ndjson(EVENTS))
    marked = asked(
        command, "--policies", policies, *NOW, lines="\ufeff" + ndjson(EVENTS).replace("\n", "\r\n\n") + " \n"
    )
    assert plain.stdout
    assert (marked.exit_code, marked.stdout) == (0, plain.stdout)


def test_events_in_utf_16_are_named_as_what_they_are(policies: Path) -> None:
    done = CliRunner().invoke(sla, ["explain", "--policies", str(policies)], input=ndjson(EVENTS).encode("utf-16"))
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception) == "line 1: this is UTF-16; save the events as UTF-8"


FAR_AWAY = [
    *of("far", RECEIVED, *(stories.extended(berlin(22, 16, 1), by="366bd", name=str(n)) for n in range(800))),
    *of("near", RECEIVED, stories.resolved(berlin(22, 16, 30))),
]


def test_a_deadline_beyond_its_calendar_is_an_error_of_its_clock_and_the_others_are_answered(policies: Path) -> None:
    done = asked("explain", "--policies", policies, *NOW, lines=ndjson(FAR_AWAY))
    assert done.exit_code == 1
    told = {line["complaint_id"]: line for line in map(json.loads, done.stdout.splitlines())}
    far, near = told[derived_id("far")], told[derived_id("near")]
    assert (far["clock"], far["cycle_number"], far["target"]) == ("resolution", 1, near["target"])
    assert far["error"] == "the answer lies outside the years 1900 to 3000"
    assert "state" not in far
    assert len(far["extensions"]) == 800
    assert near["state"] == "met"


@pytest.mark.parametrize("command", ["pauses", "what-if"])
def test_sums_leave_out_what_lies_beyond_its_calendar_and_name_it(
    policies: Path, candidate: Path, tmp_path: Path, command: str
) -> None:
    history = tmp_path / "history.ndjson"
    history.write_text(ndjson(FAR_AWAY))
    compared = ["--candidate", candidate, "--history", history, "--ndjson"] if command == "what-if" else []
    done = asked(command, "--policies", policies, *compared, *NOW, lines=ndjson(FAR_AWAY))
    assert done.exit_code == 1
    assert f"complaint {derived_id('far')}, resolution: the answer lies outside the years 1900 to 3000" in done.stderr
    assert derived_id("near") not in done.stderr
