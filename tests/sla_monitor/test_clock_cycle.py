"""A clock's cycle as a state machine: every way that an event moves it, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import pytest

from schemas.ids import derived_id, pack_id
from services.lifecycle.stored_event import make_stored_event
from services.sla_monitor.domain.fold.clock_cycle import TRANSITIONS
from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
from services.sla_monitor.domain.fold.cycle_values import ClockCycle, CycleState
from services.sla_monitor.domain.policy.clock import Meaning
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import at

RECEIVED, REPLIED, WRITTEN = stories.received(at(0)), stories.replied(at(0)), stories.written_again(at(0))
PAUSED, RESUMED = stories.paused(at(0)), stories.resumed(at(0))
RESOLVED, CLOSED, WITHDRAWN = stories.resolved(at(0)), stories.closed(at(0)), stories.withdrawn(at(0))
REOPENED, RELEASED = stories.reopened(at(0)), stories.released(at(0))
ANN, BOB = stories.assigned(at(0), agent_id="ann"), stories.assigned(at(0), agent_id="bob")
BOB_FOR_ANN = stories.assigned(at(0), agent_id="bob", replaces="ann")
AUTOMATIC = stories.replied(at(0), automatic=True)
OUT_OF_OFFICE = stories.written_again(at(0), automatic=True)


def cycles(events: Iterable[Any], name: str, **settings: Any) -> list[ClockCycle]:
    """The cycles of one clock that events lead to, an hour from one to the next."""
    book = stories.book({"clocks": {name: stories.clock("8h", pause_on=["customer"], **settings)}})
    told = [
        event.model_copy(update={"event_id": derived_id(str(hour)), "occurred_at": at(hour)})
        for hour, event in enumerate(events)
    ]
    complaint = fold_complaint([make_stored_event(event) for event in told], book)
    assert complaint is not None
    return complaint.cycles


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([RECEIVED], ["running"]),
        ([RECEIVED, RECEIVED, RESUMED, REOPENED], ["running"]),
        ([CLOSED, RECEIVED], ["cancelled"]),
        ([RECEIVED, PAUSED], ["running"]),
        ([RECEIVED, PAUSED, RESUMED, REOPENED], ["running"]),
        ([RECEIVED, RESOLVED], ["done"]),
        ([RECEIVED, PAUSED, RESOLVED], ["done"]),
        ([RECEIVED, PAUSED, CLOSED], ["cancelled"]),
        ([RECEIVED, RESOLVED, PAUSED, CLOSED], ["done"]),
        ([RECEIVED, RESOLVED, REOPENED], ["running"]),
        ([RECEIVED, RESOLVED, RESOLVED, REOPENED], ["running"]),
        ([RECEIVED, CLOSED, RESOLVED], ["cancelled"]),
        ([RECEIVED, CLOSED, REOPENED], ["running"]),
        ([RECEIVED, RESOLVED, CLOSED, REOPENED, RESOLVED], ["done"]),
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
        ([REPLIED, OUT_OF_OFFICE], []),
        ([AUTOMATIC, WRITTEN], []),
        ([REPLIED, WRITTEN, AUTOMATIC], ["running"]),
        ([REPLIED, WRITTEN, CLOSED, WRITTEN], ["ended"]),
        ([REPLIED, WRITTEN, CLOSED, REOPENED], ["running"]),
        ([REPLIED, WRITTEN, RESOLVED], ["ended"]),
        ([REPLIED, WRITTEN, RESOLVED, REOPENED], ["running"]),
        ([REPLIED, CLOSED, WRITTEN], []),
        ([CLOSED, REPLIED, REOPENED, WRITTEN], ["running"]),
    ],
)
def test_a_clock_that_repeats_waits_until_it_may_start_and_starts_again(
    events: list[Any], states: list[CycleState]
) -> None:
    assert [cycle.state for cycle in cycles([RECEIVED, *events], "next_response")] == states


@pytest.mark.parametrize("end", [RESOLVED, CLOSED, WITHDRAWN])
@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([WRITTEN], []),
        ([WRITTEN, REOPENED], ["running"]),
        ([WRITTEN, REPLIED, REOPENED], []),
        ([WRITTEN, AUTOMATIC, REOPENED], ["running"]),
        ([OUT_OF_OFFICE, REOPENED], []),
        ([REOPENED], []),
        ([REOPENED, RESOLVED, REOPENED], []),
        ([WRITTEN, REOPENED, REPLIED, RESOLVED, REOPENED], ["done"]),
        ([WRITTEN, REOPENED, REPLIED, RESOLVED, WRITTEN, REOPENED], ["done", "running"]),
    ],
)
def test_what_a_customer_writes_after_the_end_starts_a_wait_only_with_a_reopening(
    end: Any, events: list[Any], states: list[CycleState]
) -> None:
    assert [cycle.state for cycle in cycles([RECEIVED, REPLIED, end, *events], "next_response")] == states


@pytest.mark.parametrize("name", ["acknowledgement", "assignment", "first_response"])
@pytest.mark.parametrize("end", [RESOLVED, CLOSED, WITHDRAWN])
def test_a_response_clock_ends_with_the_complaint_and_goes_on_or_anew_when_it_is_reopened(name: str, end: Any) -> None:
    (ended,) = cycles([RECEIVED, end], name)
    assert (ended.state, ended.end_reason) == ("ended", "resolved")
    (resumed,) = cycles([RECEIVED, end, REOPENED], name)
    assert (resumed.state, resumed.ended, resumed.end_reason) == ("running", None, None)
    first, second = cycles([RECEIVED, end, REOPENED], name, on_reopen="restart")
    assert (first.state, second.state, second.cycle_id) == ("ended", "running", pack_id(derived_id("2")))


@pytest.mark.parametrize("on_reopen", ["resume", "restart"])
def test_a_first_response_that_was_met_stays_met_after_a_reopening(on_reopen: str) -> None:
    events = [RECEIVED, REPLIED, RESOLVED, REOPENED]
    assert [cycle.state for cycle in cycles(events, "first_response", on_reopen=on_reopen)] == ["done"]


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([ANN], ["done"]),
        ([ANN, BOB], ["done"]),
        ([ANN, RELEASED], ["running"]),
        ([ANN, RELEASED, RELEASED], ["running"]),
        ([ANN, RELEASED, BOB], ["done"]),
        ([ANN, stories.released(at(0), agent_id="bob")], ["done"]),
        ([RELEASED], ["running"]),
        ([ANN, BOB_FOR_ANN], ["done"]),
        ([ANN, BOB_FOR_ANN, stories.released(at(0), agent_id="ann")], ["done"]),
        ([ANN, BOB_FOR_ANN, stories.released(at(0), agent_id="bob")], ["running"]),
        ([ANN, RELEASED, BOB_FOR_ANN], ["done"]),
        ([ANN, RESOLVED, REOPENED], ["running"]),
        ([ANN, RESOLVED, RELEASED], ["done"]),
        ([RESOLVED, ANN], ["ended"]),
    ],
)
def test_an_assignment_clock_waits_while_nobody_holds_the_complaint(
    events: list[Any], states: list[CycleState]
) -> None:
    assert [cycle.state for cycle in cycles([RECEIVED, *events], "assignment")] == states


def test_the_time_in_which_an_agent_held_a_released_complaint_does_not_count() -> None:
    (cycle,) = cycles([RECEIVED, ANN, RELEASED], "assignment")
    assert [(pause.paused, pause.resumed) for pause in cycle.pauses] == [(microseconds(at(1)), microseconds(at(2)))]


def test_an_assignment_that_restarts_opens_a_cycle_at_a_release() -> None:
    first, second = cycles([RECEIVED, ANN, RELEASED], "assignment", on_reopen="restart")
    assert (first.state, second.state) == ("done", "running")


@pytest.mark.parametrize(
    ("events", "states"), [([REPLIED], ["running"]), ([REPLIED, REPLIED], ["done"]), ([REPLIED] * 3, ["done"])]
)
def test_an_event_that_starts_and_stops_a_clock_does_one_at_a_time(events: list[Any], states: list[str]) -> None:
    own = {"starts": ["agent_replied"], "stops": ["agent_replied"]}
    assert [cycle.state for cycle in cycles([RECEIVED, *events], "own", **own)] == states


def test_a_reopening_that_starts_a_clock_also_undoes_its_cancellation() -> None:
    own = {"starts": ["complaint_reopened"], "stops": ["complaint_resolved"]}
    assert [cycle.state for cycle in cycles([RECEIVED, RESOLVED, REOPENED, CLOSED], "own", **own)] == ["cancelled"]
    assert [cycle.state for cycle in cycles([RECEIVED, RESOLVED, REOPENED, CLOSED, REOPENED], "own", **own)] == [
        "running"
    ]


def test_every_state_and_meaning_stands_in_the_table_and_leads_to_a_state_that_does() -> None:
    assert tuple(TRANSITIONS) == get_args(CycleState)
    assert {meaning for row in TRANSITIONS.values() for meaning in row} == set(get_args(Meaning))
    assert {transition.state for row in TRANSITIONS.values() for transition in row.values()} <= TRANSITIONS.keys()
