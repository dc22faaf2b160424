"""Whatever the order and however often events arrive, a complaint ends in the same queue in the same state."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.domain.routing import route_first_reception, route_in_history
from services.router.domain.rows import decode_row, encode_row
from tests.router.complaints import (
    ACCEPTED,
    Desk,
    assigned,
    closed,
    escalated,
    received,
    reclassified,
    reopened,
    resolved,
    ruleset,
    withdrawn,
)

minutes = st.integers(1, 6)
later = st.one_of(
    st.builds(assigned, minutes, st.sampled_from(["ann", "bob"])),
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


@given(histories.flatmap(lambda events: st.tuples(st.just(events), st.permutations([*events, *events[:3]]))))
@settings(max_examples=400, deadline=None)
def test_any_order_and_any_repetition_ends_in_the_same_queue(case) -> None:
    in_order, shuffled = case
    one, other = Desk().take(*in_order), Desk().take(*shuffled)
    assert one.queues == other.queues
    assert one.keep == other.keep
    assert other.decided_twice == []


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
    assert route_first_reception(event, rules, ACCEPTED) == route_in_history(event, [], rules, ACCEPTED)
