"""Router, sla_monitor and feedback read one history: in any order alike, at any speed alike, and all three alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.lifecycle import event_limit
from tests.lifecycle.desks import SERVICES, FeedbackDesk, MonitorDesk, RouterDesk, ServiceDesk
from tests.lifecycle.events import at
from tests.lifecycle.logs import in_fold_order, logs, skewed

EVER = at(0, day=3_000)
SKEWS = st.sampled_from([timedelta(), timedelta(minutes=-5), timedelta(minutes=5), timedelta(seconds=-1)])
every_service = pytest.mark.parametrize("service", SERVICES)


def read_at_once(service: type[ServiceDesk], events: list[Any], *, limit: int | None = None) -> Any:
    """What the service says in the end if it reads all of it before time moves."""
    desk = service()
    with pytest.MonkeyPatch.context() as patch:
        if limit is not None:
            patch.setattr(event_limit, "MAX_EVENTS", limit)
        for event in events:
            desk.read(event, at(0))
        desk.wait(EVER)
    return desk.end


@st.composite
def shuffles(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    """A log in order, and the same shuffled with some of it doubled."""
    in_order = skewed(draw(logs()), draw(SKEWS))
    return in_order, draw(st.permutations([*in_order, *draw(st.lists(st.sampled_from(in_order), max_size=3))]))


@every_service
@given(case=shuffles(), limit=st.sampled_from([None, None, 4]))
@settings(max_examples=150, deadline=None)
def test_every_order_and_every_repetition_ends_alike(
    service: type[ServiceDesk], case: tuple[list[Any], list[Any]], limit: int | None
) -> None:
    in_order, shuffled = case
    assert read_at_once(service, shuffled, limit=limit) == read_at_once(service, in_order, limit=limit)


@every_service
@given(log=logs(), skew=SKEWS)
@settings(max_examples=120, deadline=None)
def test_a_service_that_keeps_up_ends_like_one_that_reads_ahead(
    service: type[ServiceDesk], log: list[Any], skew: timedelta
) -> None:
    log = sorted(skewed(log, skew), key=lambda event: event.occurred_at)
    slow = service()
    for event in log:
        slow.wait(event.occurred_at)
        slow.read(event, event.occurred_at)
    slow.wait(EVER)
    assert slow.end == read_at_once(service, log)


def follow(log: list[Any]) -> tuple[RouterDesk, MonitorDesk, FeedbackDesk]:
    """All three after a log, the last two with what the first decided of it, before time moves."""
    router, monitor, feedback = RouterDesk(), MonitorDesk(), FeedbackDesk()
    for event in log:
        router.read(event, event.occurred_at)
    for event in [*log, *router.desk.decisions]:
        monitor.read(event, event.occurred_at)
        feedback.read(event, event.occurred_at)
    return router, monitor, feedback


@given(logs(silences=False), SKEWS)
@settings(max_examples=150, deadline=None)
def test_a_complaint_stands_in_a_queue_exactly_while_its_resolution_is_waited_for(
    log: list[Any], skew: timedelta
) -> None:
    router, monitor, _ = follow(skewed(log, skew))
    waited_for = monitor.desk.clocks["resolution"].state in ("running", "paused", "breached")
    assert bool(router.desk.queues) == waited_for


@given(logs(silences=False), SKEWS)
@settings(max_examples=150, deadline=None)
def test_a_survey_judges_the_agent_and_queue_that_the_queue_showed_before_the_resolution(
    log: list[Any], skew: timedelta
) -> None:
    log = in_fold_order(skewed(log, skew))
    _, _, feedback = follow(log)
    feedback.wait(EVER)
    for decision in feedback.decisions:
        if decision.request is None:
            continue
        place = next(i for i, event in enumerate(log) if event.event_id == decision.request.cause_event_id)
        before = RouterDesk()
        for event in log[:place]:
            before.read(event, event.occurred_at)
        (item,) = before.desk.queues.values()
        judged = decision.request.attribution
        assert judged.queue == item.queue
        assert judged.agent == (item.agent_id or log[place].agent_id)
