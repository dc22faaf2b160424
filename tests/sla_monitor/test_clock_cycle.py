"""A clock's cycle as a state machine: every way that an event moves it, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import pytest

from schemas.ids import derived_id
from services.sla_monitor.domain.fold.clock_cycle import TRANSITIONS
from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, CycleState
from services.sla_monitor.domain.fold.stored_event import stored_event_of
from services.sla_monitor.domain.policy.clock import Meaning
from tests.sla_monitor import stories
from tests.sla_monitor.stories import at

RECEIVED, REPLIED, WRITTEN = stories.received(at(0)), stories.replied(at(0)), stories.written_again(at(0))
PAUSED, OTHER_PAUSE = stories.paused(at(0)), stories.paused(at(0), reason="other")
RESUMED, RESOLVED, CLOSED = stories.resumed(at(0)), stories.resolved(at(0)), stories.closed(at(0))
REOPENED = stories.reopened(at(0))


def cycles(events: Iterable[Any], name: str, **settings: Any) -> list[ClockCycle]:
    """The cycles of one clock that events lead to, an hour from one to the next."""
    book = stories.book({"clocks": {name: stories.clock("8h", pause_on=["customer"], **settings)}})
    told = [
        event.model_copy(update={"event_id": derived_id(str(hour)), "occurred_at": at(hour)})
        for hour, event in enumerate(events)
    ]
    complaint = fold_complaint([stored for event in told if (stored := stored_event_of(event))], book)
    assert complaint is not None
    return complaint.cycles


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([RECEIVED], ["running"]),
        ([RECEIVED, RECEIVED, RESUMED, REOPENED], ["running"]),
        ([CLOSED, RECEIVED], ["running"]),
        ([RECEIVED, PAUSED], ["paused"]),
        ([RECEIVED, OTHER_PAUSE], ["running"]),
        ([RECEIVED, PAUSED, PAUSED], ["paused"]),
        ([RECEIVED, PAUSED, OTHER_PAUSE], ["running"]),
        ([RECEIVED, PAUSED, RESUMED], ["running"]),
        ([RECEIVED, PAUSED, REOPENED], ["running"]),
        ([RECEIVED, PAUSED, RESOLVED], ["done"]),
        ([RECEIVED, PAUSED, CLOSED], ["cancelled"]),
        ([RECEIVED, RESOLVED, PAUSED, CLOSED], ["done"]),
        ([RECEIVED, RESOLVED, REOPENED], ["running"]),
        ([RECEIVED, CLOSED, RESOLVED], ["cancelled"]),
        ([RECEIVED, CLOSED, REOPENED], ["running"]),
    ],
)
def test_a_resolution_clock_moves_from_state_to_state(events: list[Any], states: list[CycleState]) -> None:
    assert [cycle.state for cycle in cycles(events, "resolution")] == states


@pytest.mark.parametrize("ended", [RESOLVED, CLOSED])
def test_a_clock_that_restarts_opens_a_cycle_at_a_reopening(ended: Any) -> None:
    first, second = cycles([RECEIVED, ended, REOPENED], "resolution", on_reopen="restart")
    assert (first.state, second.state) == ("done" if ended is RESOLVED else "cancelled", "running")
    (only,) = cycles([RECEIVED, REOPENED], "resolution", on_reopen="restart")
    assert only.state == "running"


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([WRITTEN], []),
        ([], []),
        ([REPLIED, WRITTEN], ["running"]),
        ([REPLIED, WRITTEN, WRITTEN], ["running"]),
        ([REPLIED, WRITTEN, REPLIED], ["done"]),
        ([REPLIED, WRITTEN, REPLIED, REOPENED], ["done"]),
        ([REPLIED, WRITTEN, REPLIED, WRITTEN], ["done", "running"]),
        ([REPLIED, WRITTEN, CLOSED, WRITTEN], ["cancelled"]),
        ([REPLIED, WRITTEN, CLOSED, REOPENED], ["running"]),
        ([REPLIED, CLOSED, WRITTEN], []),
        ([CLOSED, REPLIED, REOPENED, WRITTEN], ["running"]),
    ],
)
def test_a_clock_that_repeats_waits_until_it_may_start_and_starts_again(
    events: list[Any], states: list[CycleState]
) -> None:
    assert [cycle.state for cycle in cycles([RECEIVED, *events], "next_response")] == states


@pytest.mark.parametrize(
    ("events", "states"), [([REPLIED], ["running"]), ([REPLIED, REPLIED], ["done"]), ([REPLIED] * 3, ["done"])]
)
def test_an_event_that_starts_and_stops_a_clock_does_one_at_a_time(events: list[Any], states: list[str]) -> None:
    own = {"starts": ["agent_replied"], "stops": ["agent_replied"]}
    assert [cycle.state for cycle in cycles([RECEIVED, *events], "own", **own)] == states


def test_a_reopening_that_starts_a_clock_also_undoes_its_cancellation() -> None:
    own = {"starts": ["complaint_reopened"], "stops": ["complaint_resolved"]}
    assert [cycle.state for cycle in cycles([RECEIVED, REOPENED, CLOSED], "own", **own)] == ["cancelled"]
    assert [cycle.state for cycle in cycles([RECEIVED, REOPENED, CLOSED, REOPENED], "own", **own)] == ["running"]


def test_every_state_and_meaning_stands_in_the_table_and_leads_to_a_state_that_does() -> None:
    assert tuple(TRANSITIONS) == get_args(CycleState)
    assert {meaning for row in TRANSITIONS.values() for meaning in row} == set(get_args(Meaning))
    assert {transition.state for row in TRANSITIONS.values() for transition in row.values()} <= TRANSITIONS.keys()
