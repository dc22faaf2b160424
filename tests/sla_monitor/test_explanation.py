"""What explains a clock: intervals that add up to the second, and what is said beside them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.review.explanation import explain
from services.sla_monitor.settings import load_policy_book
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.recorded import BERLIN_VERSION, LONG_STORY, berlin, conclusions, write_policies
from tests.sla_monitor.stories import at

RECEIVED = stories.received(at(9))
START = [RECEIVED, stories.routed(RECEIVED)]
RESOLUTION = stories.book({"clocks": {"resolution": stories.clock("4h", calendar="office", pause_on=["customer"])}})


def lines(events: list[Any], book: PolicyBook, now: datetime) -> list[dict[str, Any]]:
    return [line for one in conclusions(events, book, now) for line in explain(one, microseconds(now))]


def line(events: list[Any], book: PolicyBook, now: datetime) -> dict[str, Any]:
    (only,) = lines(events, book, now)
    return only


def test_a_story_over_a_weekend_a_change_of_clocks_a_stricter_policy_and_two_reopenings(tmp_path: Path) -> None:
    told = line(LONG_STORY, load_policy_book(write_policies(tmp_path)), berlin(30, 12))
    assert [
        (each["from"], each["until"], each["kind"], each.get("reason"), each["seconds"]) for each in told["intervals"]
    ] == [
        ("2026-10-22T14:00:00Z", "2026-10-22T15:00:00Z", "counted", None, 3_600),
        ("2026-10-22T15:00:00Z", "2026-10-23T07:00:00Z", "closed", None, 57_600),
        ("2026-10-23T07:00:00Z", "2026-10-23T10:00:00Z", "counted", None, 10_800),
        ("2026-10-23T10:00:00Z", "2026-10-23T11:00:00Z", "closed", None, 3_600),
        ("2026-10-23T11:00:00Z", "2026-10-23T13:30:00Z", "counted", None, 9_000),
        # From 15:30 to 10:15 over a Sunday of 25 hours.
        ("2026-10-23T13:30:00Z", "2026-10-26T09:15:00Z", "paused", "customer", 243_900),
        ("2026-10-26T09:15:00Z", "2026-10-26T11:00:00Z", "counted", None, 6_300),
        ("2026-10-26T11:00:00Z", "2026-10-26T12:00:00Z", "closed", None, 3_600),
        ("2026-10-26T12:00:00Z", "2026-10-26T14:00:00Z", "counted", None, 7_200),
        ("2026-10-26T14:00:00Z", "2026-10-27T09:00:00Z", "paused", "complaint_resolved", 68_400),
        ("2026-10-27T09:00:00Z", "2026-10-27T11:00:00Z", "counted", None, 7_200),
        ("2026-10-27T11:00:00Z", "2026-10-27T12:00:00Z", "closed", None, 3_600),
        ("2026-10-27T12:00:00Z", "2026-10-27T15:00:00Z", "counted", None, 10_800),
        ("2026-10-27T15:00:00Z", "2026-10-28T12:30:00Z", "paused", "complaint_resolved", 77_400),
        ("2026-10-28T12:30:00Z", "2026-10-28T15:30:00Z", "counted", None, 10_800),
    ]
    assert told["totals"] == {"counted": 65_700, "paused": 389_700, "closed": 68_400}
    # By the clock on the wall, and an hour that it showed twice.
    assert sum(told["totals"].values()) == (berlin(28, 16, 30) - berlin(22, 16)) / timedelta(seconds=1) + 3_600
    assert [each.get("agent_id") for each in told["intervals"] if each["kind"] == "paused"] == ["ann", None, None]
    # Twelve hours are used up at 11:45 on the Tuesday; when it warned, the Monday was still to be all its own.
    assert [
        tuple(alert[name] for name in ("threshold", "level", "owner", "at", "due_at")) for alert in told["alerts"]
    ] == [
        (80, "high", "deputy", "2026-10-26T13:21:00Z", "2026-10-26T15:45:00Z"),
        (100, "critical", "lead", "2026-10-27T10:45:00Z", "2026-10-27T10:45:00Z"),
    ]
    assert {name: told[name] for name in ("state", "due_at", "ended_at", "worked_seconds", "overrun_seconds")} == {
        "state": "breached",
        "due_at": "2026-10-27T10:45:00Z",
        "ended_at": "2026-10-28T15:30:00Z",
        "worked_seconds": 65_700,
        "overrun_seconds": 65_700 - 12 * 3_600,
    }
    assert (told["policy"], told["policy_version"], told["calendar_version"]) == ("strict", "2026-10", BERLIN_VERSION)
    assert (told["queue"], told["owner"], told["target"], told["remaining_seconds"]) == ("general", "lead", "12h", None)


def test_a_clock_that_runs_says_what_is_left_of_it() -> None:
    told = line(START, RESOLUTION, at(11))
    assert (told["state"], told["due_at"], told["ended_at"]) == ("running", "2026-11-02T14:00:00Z", None)
    assert (told["worked_seconds"], told["remaining_seconds"], told["overrun_seconds"]) == (7_200, 7_200, None)


def test_a_paused_clock_is_due_at_no_time_and_says_what_is_left_and_who_paused_it() -> None:
    told = line([*START, stories.paused(at(10), agent_id="ann")], RESOLUTION, at(10, day=1))
    assert (told["state"], told["due_at"], told["remaining_seconds"]) == ("paused", None, 3 * 3_600)
    assert told["intervals"][-1] == {
        "from": "2026-11-02T10:00:00Z",
        "until": "2026-11-03T10:00:00Z",
        "kind": "paused",
        "seconds": 24 * 3_600,
        "reason": "customer",
        "agent_id": "ann",
    }


def test_a_breached_clock_that_runs_on_says_its_overrun_so_far_in_working_time() -> None:
    told = line(START, RESOLUTION, at(10, day=1))
    assert (told["state"], told["due_at"], told["overrun_seconds"]) == ("breached", "2026-11-02T14:00:00Z", 4 * 3_600)


def test_of_elapsed_days_all_counts_that_is_not_paused() -> None:
    book = stories.book({"clocks": {"resolution": stories.clock("3d", calendar="office", pause_on=["customer"])}})
    told = line([*START, stories.paused(at(10)), stories.resumed(at(20))], book, at(9, day=1))
    assert [(each["kind"], each["seconds"]) for each in told["intervals"]] == [
        ("counted", 3_600),
        ("paused", 36_000),
        ("counted", 46_800),
    ]


def test_cycles_are_numbered_for_people_and_named_by_what_opened_them() -> None:
    book = stories.book({"clocks": {"resolution": stories.clock("4h", on_reopen="restart")}})
    again = stories.reopened(at(12))
    told = lines([*START, stories.resolved(at(10)), again], book, at(13))
    assert [(each["cycle_number"], each["cycle"], each["state"]) for each in told] == [
        (1, RECEIVED.event_id, "met"),
        (2, again.event_id, "running"),
    ]


def test_what_occurred_after_now_has_not_happened_yet() -> None:
    assert line([*START, stories.resolved(at(12))], RESOLUTION, at(11)) == line(START, RESOLUTION, at(11))
    assert lines([*START], RESOLUTION, at(8)) == []


def test_an_extension_is_told_with_what_was_granted_and_when() -> None:
    granted = stories.extended(
        at(11), clock="resolution", by="2h", personal={"reason": "the bank's documents are missing"}
    )
    told = line([*START, granted], RESOLUTION, at(15))
    assert told["extensions"] == [{"granted_at": "2026-11-02T11:00:00Z", "until": None, "by": "2h"}]
    assert (told["state"], told["due_at"]) == ("running", "2026-11-02T16:00:00Z")
    assert "extensions" not in line(START, RESOLUTION, at(15))
