"""What is kept of a complaint: each event once, and of a loop between two systems the same in any order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lifecycle import event_limit
from services.lifecycle.event_log import EventLog
from services.lifecycle.stored_event import make_stored_event
from services.worktime.instants import microseconds
from tests.lifecycle import events
from tests.lifecycle.events import at

MOST = 5


@pytest.fixture(autouse=True, scope="module")
def few_events() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_limit, "MAX_EVENTS", MOST)
        yield


def read(told: Iterable[Any]) -> EventLog:
    log = EventLog()
    for event in told:
        log.add(make_stored_event(event))
    return log


def kept(log: EventLog) -> tuple[list[Any], int, int]:
    assert log.count == len(log.decode())
    return sorted(log.decode()), log.count, log.overflowed


RECEIVED = events.received(at(9))
LOOP = [events.replied(at(10 + hour), automatic=True) for hour in range(9)]


def test_an_event_is_kept_once() -> None:
    log = read([RECEIVED])
    assert log.add(make_stored_event(RECEIVED)) == "duplicate"
    assert log.add(make_stored_event(LOOP[0])) == "new"
    assert log.count == len(log.decode()) == 2


def test_of_two_copies_the_one_recorded_first_stands() -> None:
    early, late = events.closed(at(9)), events.closed(at(9), recorded_at=at(11))
    log = read([late])
    assert log.add(make_stored_event(early)) == "replaced"
    assert log.add(make_stored_event(late)) == "duplicate"
    assert kept(log) == kept(read([early, late]))


def test_what_a_routing_decision_answers_is_no_copy_of_it() -> None:
    assert read([events.routed(RECEIVED), RECEIVED]).count == 2


def test_the_first_events_count_and_beyond_them_the_last_end_or_reopening() -> None:
    told = [RECEIVED, *LOOP, events.resolved(at(14.5)), events.reopened(at(15.5)), events.replied(at(17.5))]
    log = read(told)
    assert log.overflowed == microseconds(LOOP[MOST - 1].occurred_at)
    assert sorted(log.decode()) == sorted(map(make_stored_event, [RECEIVED, *LOOP[: MOST - 1], told[-2]]))


@pytest.mark.parametrize(
    ("event", "added", "changes"),
    [
        (events.replied(at(20)), "too_many_events", False),
        (events.closed(at(20)), "too_many_events", True),
        (events.replied(at(9.5)), "new", True),
        (events.received(at(20)), "new", True),
    ],
    ids=["beyond", "an end beyond", "before", "a reception"],
)
def test_a_full_log_takes_what_comes_first_and_ends(event: Any, added: str, *, changes: bool) -> None:
    log = read([RECEIVED, *LOOP])
    before = kept(log)
    assert log.add(make_stored_event(event)) == added
    assert (kept(log) != before) is changes


def test_routing_decisions_are_kept_and_do_not_count() -> None:
    routings = [events.routed(RECEIVED, name=str(number), trigger="breach") for number in range(MOST)]
    log = read([RECEIVED, *routings, *LOOP[: MOST - 1]])
    assert (log.count, log.overflowed) == (2 * MOST, 0)


@pytest.mark.parametrize(("now", "begun"), [(0, 12), (9, 12), (14, 14)], ids=["no time is known", "ahead", "behind"])
def test_a_wait_for_the_reception_begins_when_its_first_event_was_read_or_happened(now: int, begun: int) -> None:
    log, read_at = EventLog(), microseconds(at(now)) if now else 0
    log.wait(microseconds(at(12)), read_at)
    assert log.touched == microseconds(at(begun))
    log.wait(microseconds(at(20)), read_at)
    assert log.touched == microseconds(at(begun))


HOURS = st.integers(9, 14).map(at)


@st.composite
def loops(draw: st.DrawFn) -> list[Any]:
    """More events than may be at few instants, some before the reception."""
    told: list[Any] = [events.received(at(10))]
    for number in range(draw(st.integers(0, 9))):
        when, name = draw(HOURS), str(number)
        kinds = [events.replied, events.written_again, events.reopened, events.closed, events.resolved, events.received]
        event = draw(st.sampled_from(kinds))(when, name)
        told.append(event.model_copy(update={"source_sequence": draw(st.sampled_from([None, 0, 1]))}))
        if draw(st.booleans()):
            told.append(events.routed(draw(st.sampled_from(told[:1] + told[-1:])), draw(HOURS), f"routed {number}"))
    return told


@given(loops(), st.data())
def test_the_same_is_kept_in_every_order_and_repetition(told: list[Any], data: st.DataObject) -> None:
    again = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=4))]))
    assert kept(read(again)) == kept(read(told))


def decided(number: int, **fields: Any) -> Any:
    """A decision on the reception, corrected so often."""
    return events.routed(RECEIVED, name=f"decision {number}", revision=number, **fields)


@given(st.permutations([decided(number) for number in range(1, 5)]))
def test_of_a_decisions_revisions_the_last_is_kept_whatever_comes_first(told: list[Any]) -> None:
    assert kept(read([RECEIVED, *told, *told])) == kept(read([RECEIVED, decided(4)]))


def test_decisions_that_answer_other_events_or_a_timer_are_kept_beside_it() -> None:
    others = [
        decided(1, trigger="breach"),
        events.routed(LOOP[0], name="another", revision=1, trigger="escalated"),
        events.routed(RECEIVED, name="the first"),
    ]
    assert read([RECEIVED, LOOP[0], *others[:2], decided(2), others[2]]).count == 6
    assert read([RECEIVED, LOOP[0], *others, decided(2)]).count == 5
