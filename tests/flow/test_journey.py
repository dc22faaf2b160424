"""A complaint's whole journey through router, sla_monitor and feedback, in memory, with the clock moved by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from schemas.complaint import Customer
from schemas.derived import ComplaintRouted, SlaBreached, SlaWarning, SurveyAnswered
from schemas.events import AgentReplied, ClockAdvanced, ComplaintReceived, ComplaintResolved
from schemas.ids import derived_id
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_SUMMARIES,
    SLA_ALERTS,
    SLA_CLOCKS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
    queue_topic,
)
from services.runtime.testing import NOON, TopologyTestDriver
from tests.flow.all_services import all_services, tell_time
from tests.short_config import write_config

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
GENERAL = queue_topic("general")
NUMBERS = count()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An hour to answer, eight to resolve, at any time of any day."""
    write_config(tmp_path, first_response="1h", resolution="8h")
    return tmp_path


def common(driver: TopologyTestDriver, name: str, what: str, at: datetime | None = None) -> dict:
    return {
        "event_id": derived_id(name, what, str(next(NUMBERS))),
        "complaint_id": derived_id(name),
        "occurred_at": at or driver.now,
        "recorded_at": driver.now,
    }


def receive(driver: TopologyTestDriver, name: str, at: datetime | None = None) -> None:
    event = ComplaintReceived(**common(driver, name, "received", at), channel="web", customer=Customer(id="c"))
    driver.send(COMPLAINT_EVENTS, event)


def reply(driver: TopologyTestDriver, name: str, at: datetime | None = None) -> None:
    driver.send(COMPLAINT_EVENTS, AgentReplied(**common(driver, name, "replied", at), agent_id="ann"))


def resolve(driver: TopologyTestDriver, name: str, at: datetime | None = None) -> None:
    event = ComplaintResolved(**common(driver, name, "resolved", at), outcome="upheld", agent_id="ann")
    driver.send(COMPLAINT_EVENTS, event)


def alerts(driver: TopologyTestDriver, kind: type) -> list[tuple[str, str]]:
    return [(event.complaint_id, event.clock) for event in driver.events(SLA_ALERTS) if isinstance(event, kind)]


def routed(driver: TopologyTestDriver) -> list[ComplaintRouted]:
    return [event for event in driver.events(COMPLAINTS_ROUTED) if isinstance(event, ComplaintRouted)]


def test_a_complaint_is_routed_once_and_stands_in_its_queue_until_it_is_resolved(config):
    driver = all_services(config)
    receive(driver, "one")
    driver.advance(SECOND)
    assert [event.queue for event in routed(driver)] == ["general"]
    assert set(driver.latest(GENERAL)) == {derived_id("one")}
    resolve(driver, "one")
    driver.advance(SECOND)
    assert driver.latest(GENERAL) == {}


def test_an_unanswered_complaint_warns_once_and_breaches_once_and_an_answered_one_does_neither(config):
    driver = all_services(config)
    receive(driver, "silent")
    receive(driver, "answered")
    driver.advance(MINUTE, step=SECOND)
    reply(driver, "answered")
    driver.advance(3 * HOUR, step=MINUTE)
    assert alerts(driver, SlaWarning) == [(derived_id("silent"), "first_response")]
    assert alerts(driver, SlaBreached) == [(derived_id("silent"), "first_response")]
    breach = next(event for event in driver.events(SLA_ALERTS) if isinstance(event, SlaBreached))
    assert breach.occurred_at == breach.due_at == NOON + HOUR
    assert breach.queue == "general"
    assert breach.lag_seconds <= 60


def test_after_an_absence_no_breach_fires_for_a_reply_that_waited_and_a_real_one_fires_once_with_its_lag(config):
    driver = all_services(config)
    receive(driver, "replied-meanwhile")
    receive(driver, "silent")
    driver.advance(MINUTE, step=SECOND)
    driver.stop("sla_monitor")
    driver.advance(MINUTE, step=SECOND)
    reply(driver, "replied-meanwhile")
    driver.advance(3 * HOUR, step=MINUTE)
    driver.start("sla_monitor")
    driver.advance(MINUTE, step=SECOND)
    driver.restart("sla_monitor")
    driver.advance(MINUTE, step=SECOND)
    assert alerts(driver, SlaBreached) == [(derived_id("silent"), "first_response")]
    breach = next(event for event in driver.events(SLA_ALERTS) if isinstance(event, SlaBreached))
    assert breach.lag_seconds > 7_000


def test_every_change_of_a_clock_is_told(config):
    driver = all_services(config)
    receive(driver, "one")
    driver.advance(MINUTE, step=SECOND)
    reply(driver, "one")
    driver.advance(MINUTE)
    standing = driver.latest(SLA_CLOCKS)[derived_id("one")]
    assert {clock.clock: clock.state for clock in standing.clocks} == {
        "first_response": "met",
        "resolution": "running",
    }


def test_a_resolved_complaint_is_surveyed_and_its_answer_counted_for_its_queue_and_for_all(config):
    driver = all_services(config)
    receive(driver, "one")
    driver.advance(MINUTE, step=SECOND)
    resolve(driver, "one")
    driver.advance(HOUR, step=MINUTE)
    (survey,) = driver.events(SURVEY_REQUESTS)
    assert survey.attribution.queue == "general"
    answer = SurveyAnswered(
        **common(driver, "one", "answered"), survey_id=survey.survey_id, cycle=survey.cycle, metric="csat", score=5
    )
    driver.send(SURVEY_RESPONSES, answer)
    driver.send(SURVEY_RESPONSES, answer)
    driver.advance(MINUTE, step=SECOND)
    summaries = {(event.dimension, event.value): event for event in driver.latest(FEEDBACK_SUMMARIES).values()}
    assert {place: (event.n, event.score) for place, event in summaries.items()} == {
        ("queue", "general"): (1, 1.0),
        ("all", "all"): (1, 1.0),
    }


def test_in_stream_time_only_announcements_move_deadlines_and_the_router_passes_them_on(config):
    driver = all_services(config, "stream")

    then = datetime.fromisoformat("2016-03-01T12:00:00+00:00")
    tell_time(driver, then - HOUR)
    receive(driver, "old", at=then)
    driver.advance(24 * HOUR, step=HOUR)
    assert alerts(driver, SlaBreached) == []
    for hour in range(10):
        tell_time(driver, then + hour * HOUR)
    assert alerts(driver, SlaBreached) == [
        (derived_id("old"), "first_response"),
        (derived_id("old"), "resolution"),
    ]
    passed_on = [event.to for event in driver.events(COMPLAINTS_ROUTED) if isinstance(event, ClockAdvanced)]
    assert passed_on.count(then) == driver.partitions


def test_a_journey_with_restarts_between_its_steps_ends_in_the_same_events(config):
    def story(*, restarts: bool) -> dict[str, set[str]]:
        global NUMBERS  # noqa: PLW0603 - the same ids in both tellings
        NUMBERS = count()
        driver = all_services(config)

        def pause() -> None:
            driver.advance(30 * MINUTE, step=MINUTE)
            if restarts:
                for name in ("router", "sla_monitor", "feedback"):
                    driver.restart(name)

        receive(driver, "one")
        receive(driver, "two")
        pause()
        reply(driver, "one")
        pause()
        pause()
        resolve(driver, "one")
        resolve(driver, "two")
        pause()
        pause()
        topics = (COMPLAINTS_ROUTED, GENERAL, SLA_ALERTS, SURVEY_REQUESTS)
        return {topic.name: {event.event_id for event in driver.events(topic)} for topic in topics}

    assert story(restarts=True) == story(restarts=False)
