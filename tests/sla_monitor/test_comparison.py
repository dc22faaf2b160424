"""Two books of policies over the same past: who breached under which, and what share of what is decided was met."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from schemas.ids import derived_id
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.review.comparison import Comparison
from tests.sla_monitor import stories
from tests.sla_monitor.recorded import conclusions, of
from tests.sla_monitor.stories import at

FOUR_HOURS = stories.book({"clocks": {"first_response": stories.clock("4h")}})
TWO_HOURS = stories.book({"clocks": {"first_response": stories.clock("2h")}})
RECEIVED = stories.received(at(9), category="billing")
NOW = at(16)
EVENTS = [
    *of("in time", RECEIVED, stories.replied(at(10))),
    *of("in between", RECEIVED, stories.replied(at(12))),
    *of("never", RECEIVED),
    *of("taken back", RECEIVED, stories.withdrawn(at(10))),
    *of("just now", stories.received(at(15))),
]


def compared(
    current: PolicyBook, candidate: PolicyBook, events: list[Any], now: datetime = NOW
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The sums, and the differences."""
    comparison = Comparison()
    pairs = zip(conclusions(events, current, now), conclusions(events, candidate, now), strict=True)
    differences = [difference for pair in pairs for difference in comparison.add(*pair)]
    return comparison.as_json(), differences


def attained(share: dict[str, Any]) -> tuple[int, int]:
    return share["met"], share["decided"]


def test_breaches_are_counted_under_each_under_both_and_under_one_alone() -> None:
    sums, _ = compared(FOUR_HOURS, TWO_HOURS, EVENTS)
    assert sums["complaints"] == 5
    assert sums["breached"] == [
        {"clock": "first_response", "current": 1, "candidate": 2, "both": 1, "only_current": 0, "only_candidate": 1}
    ]
    assert compared(TWO_HOURS, FOUR_HOURS, EVENTS)[0]["breached"][0]["only_current"] == 1


def test_a_cycle_that_is_cancelled_or_not_due_yet_enters_no_denominator() -> None:
    ((overall,), *_) = compared(FOUR_HOURS, TWO_HOURS, EVENTS)[0]["attainment"].values()
    assert (attained(overall["current"]), attained(overall["candidate"])) == ((2, 3), (1, 3))
    assert overall["current"]["share"] == pytest.approx(2 / 3)


def test_what_nobody_decided_has_no_share() -> None:
    ((overall,), *_) = compared(FOUR_HOURS, TWO_HOURS, of("soon", RECEIVED), at(12))[0]["attainment"].values()
    assert overall["current"] == {"met": 0, "decided": 0, "share": None}
    assert overall["candidate"] == {"met": 0, "decided": 1, "share": 0}


def test_where_nothing_is_decided_there_is_nothing_to_tell() -> None:
    undecided = of("taken back", RECEIVED, stories.withdrawn(at(10))) + of("just now", stories.received(at(15)))
    assert compared(FOUR_HOURS, TWO_HOURS, undecided)[0]["attainment"] == {
        "overall": [],
        "queue": [],
        "category": [],
        "week": [],
    }


def test_a_cycle_that_was_cancelled_after_it_was_due_was_not_met() -> None:
    late = of("late", RECEIVED, stories.withdrawn(at(14)))
    ((overall,), *_) = compared(FOUR_HOURS, TWO_HOURS, late)[0]["attainment"].values()
    assert attained(overall["current"]) == (0, 1)


def test_attainment_goes_to_the_queue_of_the_deciding_instant_and_to_the_last_category() -> None:
    moved = stories.reclassified(at(12), category="fraud")
    events = of(
        "moved",
        RECEIVED,
        stories.routed(RECEIVED, queue_without_breach="billing"),
        moved,
        stories.routed(moved, queue_without_breach="fraud"),
    )
    attainment = compared(FOUR_HOURS, TWO_HOURS, events)[0]["attainment"]
    missed, nothing = {"met": 0, "decided": 1, "share": 0}, {"met": 0, "decided": 0, "share": None}
    # After two hours it was in billing, after four in fraud.
    assert attainment["queue"] == [
        {"clock": "first_response", "queue": "billing", "current": nothing, "candidate": missed},
        {"clock": "first_response", "queue": "fraud", "current": missed, "candidate": nothing},
    ]
    assert attainment["category"] == [
        {"clock": "first_response", "category": "fraud", "current": missed, "candidate": missed}
    ]


def test_attainment_goes_to_the_week_of_the_due_instant_in_the_calendars_zone() -> None:
    longer = stories.book({"clocks": {"first_response": stories.clock("24h")}})
    sunday = of("sunday", stories.received(at(20, day=6)), stories.replied(at(21, day=6)))
    weeks = compared(TWO_HOURS, longer, sunday, at(0, day=8))[0]["attainment"]["week"]
    assert [(row["week"], attained(row["current"]), attained(row["candidate"])) for row in weeks] == [
        ("2026-W45", (1, 1), (0, 0)),
        ("2026-W46", (0, 0), (1, 1)),
    ]


def test_a_difference_names_the_complaint_and_the_clock_and_says_how_each_came_out() -> None:
    _, differences = compared(FOUR_HOURS, TWO_HOURS, EVENTS)
    (received, _) = of("in between", RECEIVED, stories.replied(at(12)))
    assert differences == [
        {
            "complaint_id": derived_id("in between"),
            "clock": "first_response",
            "category": "billing",
            "current": {
                "outcome": "met",
                "policy": "policy-0",
                "cycle": received.event_id,
                "due_at": "2026-11-02T13:00:00Z",
                "overrun_seconds": None,
            },
            "candidate": {
                "outcome": "breached",
                "policy": "policy-0",
                "cycle": received.event_id,
                "due_at": "2026-11-02T11:00:00Z",
                "overrun_seconds": 3_600,
            },
        }
    ]


@pytest.mark.parametrize(
    ("events", "now", "under_four_hours"),
    [([stories.replied(at(12))], 16, "met"), ([stories.withdrawn(at(12))], 16, "ended"), ([], 12, "open")],
    ids=["answered", "taken back", "waiting"],
)
def test_what_did_not_breach_was_met_or_ended_or_is_open(events: list[Any], now: float, under_four_hours: str) -> None:
    _, (difference,) = compared(FOUR_HOURS, TWO_HOURS, of("one", RECEIVED, *events), at(now))
    assert (difference["current"]["outcome"], difference["candidate"]["outcome"]) == (under_four_hours, "breached")


def test_a_clock_that_one_of_the_policies_does_not_have_is_absent_there() -> None:
    both = stories.book({"clocks": {name: stories.clock("4h") for name in ("first_response", "resolution")}})
    _, (difference,) = compared(FOUR_HOURS, both, of("never", RECEIVED))
    assert (difference["clock"], difference["current"]) == ("resolution", {"outcome": "absent"})


def test_of_several_cycles_the_worst_is_told() -> None:
    twice = of(
        "twice",
        RECEIVED,
        stories.resolved(at(14)),
        stories.reopened(at(15)),
        stories.resolved(at(15.5)),
    )
    restarting = stories.book({"clocks": {"resolution": stories.clock("4h", on_reopen="restart")}})
    longer = stories.book({"clocks": {"resolution": stories.clock("6h", on_reopen="restart")}})
    sums, (difference,) = compared(restarting, longer, twice)
    assert (difference["current"]["outcome"], difference["candidate"]["outcome"]) == ("breached", "met")
    assert difference["current"]["overrun_seconds"] == 3_600
    assert attained(sums["attainment"]["overall"][0]["current"]) == (1, 2)
