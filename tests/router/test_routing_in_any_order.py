"""Whatever the order and however often events arrive, a complaint ends in the same queue in the same state."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.lifecycle import event_limit
from services.lifecycle.contents import ComplaintFields
from services.lifecycle.event_log import EventLog
from services.lifecycle.stored_event import make_stored_event
from services.router.domain.routing import route_first_reception, route_in_history
from services.router.domain.rows import Row, decode_row, encode_row
from tests.router.complaints import (
    ACCEPTED,
    COMPLAINT,
    MOMENT,
    Desk,
    assigned,
    closed,
    escalated,
    received,
    reclassified,
    released,
    reopened,
    replied,
    resolved,
    ruleset,
    withdrawn,
    written_again,
)

DAY = 24 * 60
minutes = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 40 * DAY, 41 * DAY, 410 * DAY])
"""Also before the reception by the clock of who sends it, and too long after an end."""
agents = st.sampled_from(["ann", "bob"])
later = st.one_of(
    st.builds(assigned, minutes, agents),
    st.builds(lambda minute, agent, replaces: assigned(minute, agent, replaces=replaces), minutes, agents, agents),
    st.builds(lambda minute, agent: released(minute, agent_id=agent), minutes, st.none() | agents),
    st.builds(replied, minutes),
    st.builds(written_again, minutes),
    st.builds(escalated, minutes),
    st.builds(
        lambda minute, category: reclassified(minute, category=category),
        minutes,
        st.sampled_from(["fraud", "billing", "x"]),
    ),
    st.builds(
        lambda minute, severity: reclassified(minute, severity=severity), minutes, st.sampled_from(["low", "high"])
    ),
    st.builds(resolved, minutes),
    st.builds(reopened, minutes),
    st.builds(closed, minutes),
    st.builds(withdrawn, minutes),
)
histories = st.lists(later, max_size=7, unique_by=lambda event: event.event_id).map(
    lambda events: sorted([received(2), *events], key=lambda event: event.occurred_at)
)


shuffles = histories.flatmap(lambda events: st.tuples(st.just(events), st.permutations([*events, *events[:3]])))
EVER = ACCEPTED + timedelta(days=3_000)


@given(shuffles)
@settings(max_examples=1000, deadline=None)
def test_any_order_and_any_repetition_ends_in_the_same_queue(case) -> None:
    in_order, shuffled = case
    one, other = Desk().take(*in_order), Desk().take(*shuffled)
    assert one.queues == other.queues
    assert one.due == other.due
    assert other.decided_twice == []
    assert one.wait(EVER).queues == other.wait(EVER).queues


@given(shuffles)
@settings(max_examples=300, deadline=None)
def test_any_order_ends_in_the_same_queue_beyond_the_limit_of_events_too(case) -> None:
    in_order, shuffled = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_limit, "MAX_EVENTS", 4)
        assert Desk().take(*in_order).wait(EVER).queues == Desk().take(*shuffled).wait(EVER).queues


def standing(desk: Desk) -> dict[str, dict[str, object]]:
    """What stands in queues, but for when it was written."""
    return {queue: item.model_dump(exclude={"recorded_at"}) for queue, item in desk.queues.items()}


@given(histories)
@settings(max_examples=300, deadline=None)
def test_at_any_speed_a_complaint_ends_in_the_same_queue(events) -> None:
    """Fast: all is read before time moves. Slow: time has come to each event before it is read."""
    fast, slow = Desk().take(*events), Desk()
    for event in events:
        slow.wait(event.occurred_at).take(event)
    assert standing(fast.wait(EVER)) == standing(slow.wait(EVER))


@given(histories.flatmap(st.permutations))
def test_the_queue_items_that_stand_are_those_of_the_last_decision_in_fold_order(events) -> None:
    desk = Desk().take(*events)
    for queue, item in desk.queues.items():
        said = [d for d in desk.decisions if d.queue == queue and d.priority == item.priority]
        assert said, "a complaint stands only where a published decision put it"
    assert len(desk.queues) <= 1


@given(histories.flatmap(st.permutations))
def test_a_row_is_read_as_it_was_written(events) -> None:
    desk = Desk()
    for event in events:
        body = desk.take(event).body
        assert body is not None
        assert encode_row(decode_row(body)) == body


words = st.none() | st.sampled_from(["fraud", "billing", "zh-Hans", "high", "x;y=1"])


@given(
    category=words,
    language=words,
    severity=st.sampled_from([None, "low", "high"]),
    tags=st.sampled_from([[], ["safety"]]),
)
def test_a_first_reception_is_routed_as_the_fold_would_route_it(category, language, severity, tags) -> None:
    """The reception has a short way of its own through the code."""
    event, rules = received(category=category, language=language, severity=severity, tags=tags), ruleset()
    stored = make_stored_event(event)
    assert isinstance(stored.contents, ComplaintFields)
    short = route_first_reception(COMPLAINT, stored, stored.contents, rules, MOMENT)
    whole = route_in_history(COMPLAINT, stored, Row(EventLog(), {}), rules, MOMENT)
    assert short == whole._replace(decisions=tuple(whole.decisions))


def test_work_that_is_read_long_before_it_happens_waits_from_then_on_for_its_reception() -> None:
    replied_on_day_forty = replied(40 * 24 * 60)
    desk = Desk().take(replied_on_day_forty).wait(ACCEPTED + timedelta(days=44))
    assert desk.body is not None
    assert desk.wait(ACCEPTED + timedelta(days=49)).body is None
