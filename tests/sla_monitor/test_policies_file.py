from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.config.folder import SHIPPED
from services.config.yaml_files import ConfigError
from services.sla_monitor.domain.policy.match_fields import MatchFields
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.settings import Settings
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

CALENDAR = 'version: 1\nzone: Asia/Shanghai\nhours: {mon: ["09:00-12:00", "13:30-18:00"]}\n'
GOOD = """\
version: 2026-11-1
policies:
  - name: vip-complaints
    match: {customer_tier: [vip, gold], severity: [high, critical]}
    clocks:
      first_response: {target: 1h, calendar: shanghai, warn: {50: low, 95: high}, owner: duty-lead, runbook: r1}
      resolution: {target: 3bd, calendar: shanghai, pause_on: [customer, third_party], owner: queue-lead, runbook: r2}
  - name: default
    match: {}
    clocks: {resolution: {target: 15d, calendar: shanghai, owner: queue-lead, runbook: runbooks/resolution}}
"""


def config(folder: Path, policies: str = GOOD, calendar: str = CALENDAR) -> Path:
    (folder / "calendars").mkdir()
    (folder / "calendars" / "shanghai.yaml").write_text(calendar)
    (folder / "policies.yaml").write_text(policies)
    return folder


def test_a_whole_policy_file_is_read(tmp_path: Path) -> None:
    assert isinstance(Settings(config=config(tmp_path)).policy_book, PolicyBook)


def test_the_shipped_policies_give_every_complaint_both_clocks() -> None:
    book = Settings(config=SHIPPED).policy_book
    for severity in (None, "low", "critical"):
        complaint = stories.received(at(2), severity=severity)
        assert set(Desk(book).read(complaint).clocks) == {"first_response", "resolution"}


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        (
            "calendar: shanghai, warn",
            "calendar: peking, warn",
            6,
            "there is no calendar 'peking'; write calendars/peking.yaml",
        ),
        ("target: 1h, calendar: shanghai", "target: 1h", 6, "/calendar: this field is missing"),
        ("target: 1h", "target: 1 hour", 6, "'1 hour' is no target; write a whole number and one unit"),
        ("target: 3bd", "target: 0bd", 7, "0bd names no working day"),
        ("target: 3bd", "target: 9999999bd", 7, "takes more than 100 years on the calendar shanghai"),
        ("95: high", "105: high", 6, "less than 100"),
        ("95: high", "100: high", 6, "less than 100"),
        ("95: high", "0: high", 6, "greater than 0"),
        ("95: high", "50: high", 6, "this key stands on line 6 too"),
        ("95: high", "95: urgent", 6, "/warn/95"),
        ("first_response: {", "resolution: {", 7, "this key stands on line 6 too"),
        (
            "first_response: {",
            "first_reply: {",
            6,
            "there is no clock 'first_reply'; write one of acknowledgement, assignment, "
            "first_response, next_response, resolution",
        ),
        ("pause_on: [customer", "pause_on: [weather", 7, "/pause_on/0"),
        ("target: 1h,", "target: 1h, stops: [agent_replied],", 6, "first_response has its own events; remove stops"),
        (
            "first_response: {",
            "holding: {starts: [complaint_received], ",
            6,
            "or which events start and stop one of your",
        ),
        (
            "first_response: {",
            "holding: {starts: [reception], stops: [final_reply], ",
            6,
            "there is no event 'reception'",
        ),
        ("first_response: {", "holding: {starts: [], stops: [final_reply], ", 6, "/starts: "),
        (
            "first_response: {",
            "holding: {starts: [complaint_received], stops: {holding_reply: 0}, ",
            6,
            "/stops/holding_reply: Input should be greater than or equal to 1",
        ),
        ("target: 1h,", "target: 1h, max_pause: 1d,", 6, "and there are none; write pause_on too"),
        ("pause_on: [customer", "max_pause: 2 days, pause_on: [customer", 7, "'2 days' is no target"),
        ("owner: duty-lead, ", "", 6, "/owner: this field is missing"),
        ("severity: [high", "severities: [high", 4, "there is no such field here"),
        ("severity: [high", "severity: [huge", 4, "/match/severity"),
        ("severity: [high", "language: [zz], severity: [high", 4, "IANA's registry has no such language"),
        ("[vip, gold]", '["vip\\n", gold]', 4, "U+000A (LINE FEED) at character 4"),
        ("name: default", "name: vip-complaints", 8, "/policies/1: the same name of a policy twice; keep one"),
        ("severity: [high", "severity: [high, high", 4, "/match/severity/1: the same severity twice; keep one"),
        ("severity: [high", "language: [zh, ZH], severity: [high", 4, "/match/language/1: the same language twice"),
        ("severity: [high", "priority: [1, 01], severity: [high", 4, "/match/priority/1: the same priority twice"),
        ("pause_on: [customer", "pause_on: [customer, customer", 7, "/pause_on/1: the same reason twice; keep one"),
        ("warn: {50: low", "warn: {50: low, 050: low", 6, "/warn/050: the same percentage twice"),
        (
            "pause_on: [customer",
            "max_pause: 9999999d, pause_on: [customer",
            7,
            "the max_pause 9999999d takes more",
        ),
    ],
)
def test_a_broken_policy_is_refused_with_line_and_advice(
    tmp_path: Path, before: str, after: str, line: int, message: str
) -> None:
    assert before in GOOD
    settings = Settings(config=config(tmp_path, GOOD.replace(before, after, 1)))
    with pytest.raises(ConfigError) as refused:
        settings.policy_book  # noqa: B018
    assert f"policies.yaml:{line}: " in str(refused.value)
    assert message in str(refused.value)


def test_a_broken_calendar_is_refused_with_its_own_file(tmp_path: Path) -> None:
    settings = Settings(config=config(tmp_path, calendar=CALENDAR.replace("12:00", "25:00")))
    with pytest.raises(ConfigError, match=r"calendars/shanghai.yaml:3: "):
        settings.policy_book  # noqa: B018


def test_a_worker_with_a_broken_policy_does_not_start(tmp_path: Path) -> None:
    folder = config(tmp_path, GOOD.replace("1h", "soon"))
    ended = subprocess.run(
        [sys.executable, "-m", "services.sla_monitor"],
        env={"REDRESS_CONFIG": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 2
    assert "policies.yaml:6: " in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("match", "matches", "does_not"),
    [
        ({"channel": ["web", "app"]}, {"channel": "app"}, {"channel": "branch"}),
        ({"severity": ["high"]}, {"severity": "high"}, {}),
        ({"language": ["zh"]}, {"language": "zh-Hans-CN"}, {"language": "zha"}),
        ({"language": ["zh_hans"]}, {"language": "zh-Hans-CN"}, {"language": "zh-Hant"}),
        ({"region": ["Zu\u0308rich"]}, {"region": "Z\u00fcrich"}, {"region": "Zurich"}),
        ({"priority": ["90"]}, {"priority": 90}, {"priority": 9}),
        ({"flags": ["regulator", "safety"]}, {"flags": frozenset({"safety"})}, {"flags": frozenset({"repeat"})}),
        ({"region": ["north"], "queue": ["fraud"]}, {"region": "north", "queue": "fraud"}, {"region": "north"}),
    ],
)
def test_a_policy_matches_when_every_field_has_one_of_its_values(match, matches, does_not) -> None:
    book = stories.book({"match": match, "clocks": {"resolution": stories.clock("1h")}})
    assert [clock.name for clock in book.clocks(MatchFields(**matches))] == ["resolution"]
    assert book.clocks(MatchFields(**does_not)) == ()


@pytest.mark.parametrize("field", ["starts", "stops"])
def test_an_event_that_stands_twice_in_a_list_is_refused(tmp_path: Path, field: str) -> None:
    own = {"starts": "[complaint_received]", "stops": "[agent_replied]"} | {field: "[callback, callback]"}
    clock = (
        f"own: {{target: 1h, calendar: shanghai, owner: o, runbook: r, starts: {own['starts']}, stops: {own['stops']}}}"
    )
    policies = f"version: 1\npolicies:\n- name: a\n  match: {{}}\n  clocks:\n    {clock}\n"
    with pytest.raises(ConfigError, match=f":6: .*/{field}/1: the same event twice; keep one"):
        _ = Settings(config=config(tmp_path, policies)).policy_book


def test_a_calendar_whose_version_no_event_could_name_is_refused(tmp_path: Path) -> None:
    folder = config(tmp_path)
    (folder / "calendars" / f"{'x' * 150}.yaml").write_text(CALENDAR.replace("version: 1", f"version: {'1' * 50}"))
    with pytest.raises(ConfigError, match=r"x\.yaml:1: /version: name and version of this calendar are too long"):
        _ = Settings(config=folder).policy_book


@pytest.mark.parametrize("name", ["._shanghai.yaml", ".#shanghai.yaml", "shanghai.yaml~"])
def test_files_that_editors_and_systems_leave_beside_calendars_are_passed_over(tmp_path: Path, name: str) -> None:
    folder = config(tmp_path)
    (folder / "calendars" / name).write_bytes(b"\x00\x05\x16\x07 no YAML")
    (folder / "._policies.yaml").write_bytes(b"\x00\x05\x16\x07 no YAML")
    assert isinstance(Settings(config=folder).policy_book, PolicyBook)
