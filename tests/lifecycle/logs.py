"""Logs of one complaint for Hypothesis: every kind of event, few instants, clocks that are wrong, and long silences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from services.lifecycle.fold_order import sort_events
from services.lifecycle.stored_event import make_stored_event
from tests.lifecycle import events
from tests.lifecycle.events import at

HOURS = st.sampled_from([0.0, 1, 1.5, 2, 2.5, 3, 5, 26, 50])
"""The reception is at 2: some events happen before it by the clock of who reports them, and some in its instant."""

DAYS_LATER = st.sampled_from([0, 0, 0, 0, 8, 40, 410])
"""Beyond each of the windows in which late events count."""

AGENTS = st.sampled_from(["ann", "bob"])
MAYBE_AGENT = st.none() | AGENTS
REASONS = st.sampled_from(["customer", "third_party", "other"])
UNTIL = st.none() | st.sampled_from([at(3), at(27), at(60)])


def _with(make: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(make), st.fixed_dictionaries(fields))


HAPPENINGS = st.one_of(
    _with(events.received, severity=st.sampled_from([None, "low"])),
    _with(events.acknowledged),
    _with(events.assigned, agent_id=AGENTS, replaces=MAYBE_AGENT),
    _with(events.released, agent_id=MAYBE_AGENT),
    _with(events.replied, kind=st.sampled_from(["reply", "holding", "final"])),
    _with(events.written_again),
    _with(events.paused, reason=REASONS, until=UNTIL, agent_id=MAYBE_AGENT),
    _with(events.resumed),
    _with(events.reclassified, category=st.sampled_from(["fraud", "billing"])),
    _with(events.escalated),
    _with(events.extended, until=st.sampled_from([at(30), at(90)])),
    _with(events.resolved, agent_id=MAYBE_AGENT),
    _with(events.reopened),
    _with(events.closed),
    _with(events.withdrawn),
    _with(events.delivered),
    _with(events.promised, until=st.just(at(30))),
    _with(events.erased),
)


@st.composite
def logs(draw: st.DrawFn, *, silences: bool = True) -> list[Any]:
    """A reception and up to eight more events, in fold order; without ``silences`` nothing is too late to count."""
    happened = [events.received(at(2), "the first", category="billing")]
    for number, (make, fields) in enumerate(draw(st.lists(HAPPENINGS, max_size=8))):
        # A complaint that is received again after it was forgotten is another one to who has dropped its row.
        late = silences and make is not events.received
        when = at(draw(HOURS), day=draw(DAYS_LATER) if late else 0)
        if make is events.received:
            when = max(when, at(2))
        event = make(when, str(number), **fields)
        if draw(st.integers(0, 3)) == 0:
            event = event.model_copy(update={"source_sequence": draw(st.integers(-1, 2))})
        happened.append(event)
    return in_fold_order(happened)


def in_fold_order(happened: list[Any]) -> list[Any]:
    """The events in the order in which every service folds them."""
    by_id = {make_stored_event(event).event_id: event for event in happened}
    return [by_id[stored.event_id] for stored in sort_events([make_stored_event(event) for event in happened])]


def skewed(happened: list[Any], by: timedelta) -> list[Any]:
    """The same log as a front-end writes it whose clock is off, which never sees a reception itself."""
    return [
        event
        if event.type == "complaint_received"
        else event.model_copy(update={"occurred_at": event.occurred_at + by})
        for event in happened
    ]
