"""What front-ends really send, through all services at once: they say the same of one complaint."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas.derived import SlaBreached
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    SLA_ALERTS,
    SLA_CLOCKS,
    SURVEY_REQUESTS,
    queue_topic,
)
from schemas.views.standing_alerts import StandingAlerts
from services.runtime.testing import NOON, TopologyTestDriver
from tests.flow.all_services import all_services, tell_time
from tests.lifecycle import events
from tests.lifecycle.events import COMPLAINT
from tests.short_config import write_config

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CLOCK = "calendar: always, owner: lead, runbook: r/a"
POLICIES = f"""\
version: test-1
policies:
  - name: default
    match: {{}}
    clocks:
      acknowledgement: {{target: 1h, {CLOCK}}}
      first_response: {{target: 1h, {CLOCK}}}
      next_response: {{target: 1h, pause_on: [third_party], {CLOCK}}}
      resolution: {{target: 8h, pause_on: [customer, third_party], {CLOCK}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_config(tmp_path, first_response="1h", resolution="8h")
    (tmp_path / "policies.yaml").write_text(POLICIES)
    return tmp_path


def send(driver: TopologyTestDriver, *happened: Any) -> None:
    """One after the other, each recorded now."""
    for event in happened:
        driver.send(COMPLAINT_EVENTS, event.model_copy(update={"recorded_at": driver.now}))
    driver.settle()


def clocks(driver: TopologyTestDriver) -> dict[str, Any]:
    """The last cycle of each clock as it stands."""
    return {status.clock: status for status in driver.latest(SLA_CLOCKS)[COMPLAINT].clocks}


def standing_breaches(driver: TopologyTestDriver) -> list[str]:
    """The clocks whose breaches stand."""
    view = StandingAlerts()
    for event in driver.events(SLA_ALERTS):
        view.add(event.complaint_id, event)
    return [alert.clock for alert in view.alerts.values() if isinstance(alert, SlaBreached)]


@pytest.mark.parametrize(
    ("received_at", "worked_at"),
    [
        (NOON + timedelta(seconds=45, microseconds=640_000), [NOON + 45 * SECOND] * 4),
        (NOON + 5 * MINUTE, [NOON + number * MINUTE for number in range(1, 5)]),
    ],
    ids=["a front-end that knows seconds only", "a sender's clock that is five minutes ahead"],
)
def test_work_dated_before_its_reception_counts_in_every_service(
    config: Path, received_at: datetime, worked_at: list[datetime]
) -> None:
    driver = all_services(config)
    driver.now = NOON + 5 * MINUTE
    send(driver, events.received(received_at))
    work = (events.acknowledged, events.assigned, events.replied, events.resolved)
    send(driver, *(make(when) for make, when in zip(work, worked_at, strict=True)))
    driver.advance(12 * HOUR, step=10 * MINUTE)
    assert driver.latest(queue_topic("general")) == {}
    said = [(status.clock, status.state, status.worked_seconds) for status in clocks(driver).values()]
    assert said == [("acknowledgement", "met", 0), ("first_response", "met", 0), ("resolution", "met", 0)]
    assert driver.events(SLA_ALERTS) == []
    (asked,) = driver.events(SURVEY_REQUESTS)
    assert asked.attribution.agent == "ann"


def test_a_resolution_without_a_reply_ends_the_wait_for_one_neither_met_nor_missed(config: Path) -> None:
    driver = all_services(config)
    send(driver, events.received(NOON), events.resolved(NOON + 10 * MINUTE))
    driver.advance(3 * HOUR, step=10 * MINUTE)
    assert (clocks(driver)["first_response"].state, clocks(driver)["first_response"].reason) == ("ended", "resolved")
    assert driver.events(SLA_ALERTS) == []


@pytest.mark.parametrize(("reopened", "missed"), [(False, []), (True, ["next_response"])])
def test_thanks_after_a_resolution_start_a_clock_only_with_a_reopening(
    config: Path, reopened: bool, missed: list[str]
) -> None:
    driver = all_services(config)
    send(driver, events.received(NOON), events.acknowledged(NOON + MINUTE), events.replied(NOON + MINUTE))
    send(driver, events.resolved(NOON + 10 * MINUTE), events.written_again(NOON + 20 * MINUTE))
    if reopened:
        send(driver, events.reopened(NOON + 30 * MINUTE))
    driver.advance(2 * HOUR, step=10 * MINUTE)
    breaches = [event for event in driver.events(SLA_ALERTS) if isinstance(event, SlaBreached)]
    assert [event.clock for event in breaches] == missed
    assert all(event.due_at == NOON + 90 * MINUTE for event in breaches)


def test_an_extension_until_an_instant_is_moved_by_no_pause(config: Path) -> None:
    driver = all_services(config)
    until = NOON + 4 * DAY
    send(driver, events.received(NOON), events.extended(NOON + MINUTE, until=until))
    send(driver, events.paused(NOON + HOUR), events.resumed(NOON + 3 * HOUR))
    assert clocks(driver)["resolution"].due_at == until


def test_an_extension_of_a_clock_that_is_none_is_counted_by_its_reason(config: Path) -> None:
    driver = all_services(config)
    labels = {"reason": "no_such_clock"}
    before = REGISTRY.get_sample_value("redress_sla_monitor_decisions_total", labels) or 0
    send(driver, events.received(NOON), events.extended(NOON + MINUTE, clock="Resolution", by="2h"))
    assert REGISTRY.get_sample_value("redress_sla_monitor_decisions_total", labels) == before + 1
    assert clocks(driver)["resolution"].due_at == NOON + 8 * HOUR


@pytest.mark.parametrize(
    ("work", "agent"),
    [
        ([events.assigned(NOON, "bob", agent_id="bob")], "ann"),
        ([events.assigned(NOON, "bob", agent_id="bob", replaces="ann")], "bob"),
        ([events.released(NOON), events.assigned(NOON, "bob", agent_id="bob")], "bob"),
    ],
    ids=["a second claim", "a hand-over", "a release and a claim"],
)
def test_queue_and_survey_show_the_same_agent(config: Path, work: list[Any], agent: str) -> None:
    driver = all_services(config)
    send(driver, events.received(NOON), events.assigned(NOON + MINUTE))
    send(
        driver,
        *(one.model_copy(update={"occurred_at": NOON + (2 + place) * MINUTE}) for place, one in enumerate(work)),
    )
    (item,) = driver.latest(queue_topic("general")).values()
    send(driver, events.resolved(NOON + 5 * MINUTE))
    driver.advance(HOUR, step=10 * MINUTE)
    (asked,) = driver.events(SURVEY_REQUESTS)
    assert (item.agent_id, asked.attribution.agent) == (agent, agent)


def replay(driver: TopologyTestDriver, happened: list[Any], *, told_each: timedelta | None) -> None:
    """With time told at every event and so often between them, or only at the end."""
    end = happened[-1].occurred_at + 40 * DAY
    time = happened[0].occurred_at
    for event in happened:
        while told_each is not None and time < event.occurred_at:
            time = min(time + told_each, event.occurred_at)
            tell_time(driver, time)
        send(driver, event)
    tell_time(driver, end)


STORIES = {
    "reopened after it was forgotten": [
        events.received(NOON),
        events.closed(NOON + DAY),
        events.reopened(NOON + 41 * DAY),
    ],
    "resolved three weeks after it was reopened": [
        events.received(NOON),
        events.resolved(NOON + HOUR),
        events.reopened(NOON + DAY),
        events.resolved(NOON + 21 * DAY, "again"),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_a_replay_says_the_same_at_any_speed_and_the_second_time(config: Path, story: str) -> None:
    def said(driver: TopologyTestDriver) -> Any:
        decided = sorted(
            event.event_id for event in driver.events(COMPLAINTS_ROUTED) if event.type == "complaint_routed"
        )
        surveys = sorted(event.event_id for event in driver.events(SURVEY_REQUESTS))
        dead = driver.records(COMPLAINT_EVENTS.dead_letters)
        return standing_breaches(driver), sorted(set(decided)), sorted(set(surveys)), dead

    fast, slow = all_services(config, "stream"), all_services(config, "stream")
    replay(fast, STORIES[story], told_each=None)
    replay(slow, STORIES[story], told_each=DAY)
    once = said(slow)
    assert said(fast) == once
    assert once[1]
    assert once[3] == []
    for driver in (fast, slow):
        replay(driver, STORIES[story], told_each=None)
        assert said(driver) == once


def test_a_reopening_after_forty_days_is_in_triage_after_a_week_for_its_own_reason(config: Path) -> None:
    driver = all_services(config)
    send(driver, events.received(NOON), events.closed(NOON + HOUR))
    driver.advance(40 * DAY, step=DAY)
    send(driver, events.reopened(driver.now))
    driver.advance(8 * DAY, step=DAY)
    (item,) = driver.latest(queue_topic("triage")).values()
    assert (item.channel, item.category) == (None, None)
    last = driver.events(COMPLAINTS_ROUTED)[-1]
    assert (last.queue, last.reason) == ("triage", "unknown_complaint")


def test_a_resolution_after_four_hundred_days_of_silence_is_surveyed(config: Path) -> None:
    driver = all_services(config)
    send(driver, events.received(NOON))
    driver.advance(400 * DAY, step=20 * DAY)
    send(driver, events.resolved(driver.now))
    driver.advance(HOUR, step=10 * MINUTE)
    (asked,) = driver.events(SURVEY_REQUESTS)
    assert asked.attribution.queue == "general"
