"""A clock that is stopped on purpose can be seen: who pauses, in which queue, how long and how late."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings

from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.review.intervals import intervals_of, length
from services.sla_monitor.review.pause_counts import PauseCounts
from services.worktime.instants import HOUR, SECOND, microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.recorded import conclusions, of
from tests.sla_monitor.stories import at
from tests.sla_monitor.test_fold_over_a_set import POLICIES, event_sets

TEN_HOURS = stories.book({"clocks": {"resolution": stories.clock("10h", pause_on=["customer"])}})
RECEIVED = stories.received(at(0))
ROUTED = stories.routed(RECEIVED, queue_without_breach="general")
START = [RECEIVED, ROUTED]
HOURS = HOUR / SECOND
REASONS = {"customer", "third_party", "other"}


def rows(events: list[Any], now: datetime, book: PolicyBook = TEN_HOURS) -> list[dict[str, Any]]:
    counts = PauseCounts(microseconds(now))
    for conclusion in conclusions(events, book, now):
        counts.add(conclusion)
    return list(counts.rows())


def by_agent(events: list[Any], now: datetime, book: PolicyBook = TEN_HOURS) -> dict[str | None, dict[str, Any]]:
    return {row["agent_id"]: row for row in rows(events, now, book) if "agent_id" in row}


def by_queue(events: list[Any], now: datetime) -> dict[str | None, dict[str, Any]]:
    return {row["queue"]: row for row in rows(events, now) if "queue" in row}


def paused(start: float, end: float, agent: str | None) -> list[Any]:
    return [stories.paused(at(start), agent_id=agent), stories.resumed(at(end))]


def test_pauses_are_counted_per_agent_and_clock_with_their_share_of_the_clocks_time() -> None:
    events = [
        *of("one", *START, *paused(1, 3, "ann"), *paused(4, 5, "bob"), stories.resolved(at(8))),
        *of("two", *START, *paused(2, 4, "ann"), stories.resolved(at(4))),
        *of("three", *START, stories.resolved(at(9))),
    ]
    assert rows(events, at(20)) == [
        {
            "agent_id": "ann",
            "clock": "resolution",
            "pauses": 2,
            "in_last_tenth": 0,
            "paused_seconds": 4 * HOURS,
            "clock_seconds": 12 * HOURS,
            "paused_share": pytest.approx(1 / 3),
        },
        {
            "agent_id": "bob",
            "clock": "resolution",
            "pauses": 1,
            "in_last_tenth": 0,
            "paused_seconds": HOURS,
            "clock_seconds": 8 * HOURS,
            "paused_share": pytest.approx(1 / 8),
        },
        {
            "queue": "general",
            "clock": "resolution",
            "pauses": 3,
            "in_last_tenth": 0,
            "paused_seconds": 5 * HOURS,
            "clock_seconds": 21 * HOURS,
            "paused_share": pytest.approx(5 / 21),
        },
    ]


@pytest.mark.parametrize(
    ("begins", "late"),
    [(8.5, 0), (9, 1), (9.75, 1), (10, 0), (12, 0)],
    ids=["before it", "with it", "within it", "with the breach", "after the breach"],
)
def test_a_pause_that_begins_in_the_last_tenth_of_its_clock_is_counted_as_such(begins: float, late: int) -> None:
    told = by_agent([*START, *paused(begins, begins + 1, "ann")], at(20))["ann"]
    assert (told["pauses"], told["in_last_tenth"]) == (1, late)


def test_the_last_tenth_comes_later_after_each_pause_and_each_extension() -> None:
    assert by_agent([*START, *paused(1, 3, "ann"), *paused(10, 11, "bob")], at(20))["bob"]["in_last_tenth"] == 0
    assert by_agent([*START, *paused(1, 3, "ann"), *paused(11, 12, "bob")], at(20))["bob"]["in_last_tenth"] == 1
    extended = stories.extended(at(1), clock="resolution", by="10h", personal={"reason": "documents are missing"})
    assert by_agent([*START, extended, *paused(9.5, 11, "ann")], at(30))["ann"]["in_last_tenth"] == 0
    assert by_agent([*START, extended, *paused(18, 19, "ann")], at(30))["ann"]["in_last_tenth"] == 1


def test_a_pause_that_is_not_over_counts_up_to_now() -> None:
    told = by_agent([*START, stories.paused(at(9.5), agent_id="ann")], at(19))["ann"]
    assert (told["pauses"], told["in_last_tenth"], told["paused_share"]) == (1, 1, pytest.approx(0.5))


def test_who_paused_may_not_be_known() -> None:
    assert by_agent([*START, *paused(1, 2, None)], at(20)).keys() == {None}


def test_a_pause_for_a_reason_for_which_the_clock_goes_on_is_none() -> None:
    waits = [stories.paused(at(1), reason="third_party", agent_id="ann"), stories.resumed(at(2))]
    assert by_agent([*START, *waits], at(20)) == {}


def test_the_time_until_a_reopening_is_nobodys_pause_and_not_the_clocks_time() -> None:
    told = by_queue([*START, stories.resolved(at(2)), stories.reopened(at(8)), stories.resolved(at(9))], at(20))
    assert (told["general"]["pauses"], told["general"]["clock_seconds"]) == (0, 3 * HOURS)


def test_time_and_pauses_go_to_the_queue_in_which_the_complaint_was_then() -> None:
    moved = stories.reclassified(at(4), severity="high")
    rerouted = stories.routed(moved, queue_without_breach="experts")
    told = by_queue([*START, *paused(3, 6, "ann"), moved, rerouted, stories.resolved(at(8))], at(20))
    assert [(told[queue]["pauses"], told[queue]["paused_seconds"], told[queue]["clock_seconds"]) for queue in told] == [
        (0, 2 * HOURS, 4 * HOURS),
        (1, 1 * HOURS, 4 * HOURS),
    ]
    assert list(told) == ["experts", "general"]


def test_a_pause_counts_for_as_long_as_the_policy_lets_it() -> None:
    capped = stories.book({"clocks": {"resolution": stories.clock("10h", pause_on=["customer"], max_pause="2h")}})
    told = by_agent([*START, *paused(1, 6, "ann"), stories.resolved(at(8))], at(20), capped)["ann"]
    assert (told["paused_seconds"], told["clock_seconds"]) == (2 * HOURS, 8 * HOURS)


@settings(max_examples=200, deadline=None)
@given(event_sets())
def test_agents_and_queues_together_have_the_same_pauses_and_queues_all_of_the_clocks_time(events: list[Any]) -> None:
    now = at(0, day=12)
    sums: dict[str, Counter[str]] = {"agent_id": Counter(), "queue": Counter()}
    for row in rows(events, now, POLICIES):
        counts = sums["agent_id" if "agent_id" in row else "queue"]
        counts.update({name: row[name] for name in ("pauses", "in_last_tenth", "paused_seconds")})
        counts["clock_seconds"] += row["clock_seconds"] if "queue" in row else 0
    time = 0
    for conclusion in conclusions(events, POLICIES, now):
        for assessment in conclusion.assessments:
            every = intervals_of(assessment.standing.cycle, microseconds(now))
            time += length(each for each in every if each.pause is None or each.pause.reason in REASONS)
    assert sums["queue"].pop("clock_seconds", 0) == time / SECOND
    assert +sums["agent_id"] == +sums["queue"]
