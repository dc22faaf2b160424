"""The worker's processor in memory: real bytes in and out, restarts and backlogs, and what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from schemas.derived import SlaBreached, SlaClockStopped, SlaWarning
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_ALERTS, SLA_CLOCKS
from services.runtime.testing import NOON, TopologyTestDriver
from services.sla_monitor.app import build
from services.sla_monitor.pacing import AT_ONCE
from services.sla_monitor.settings import Settings
from services.worktime.calendar import Calendar
from services.worktime.calendar_file import WEEKDAYS
from tests.sla_monitor import stories

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICIES = """\
version: 1
policies:
  - name: urgent
    match: {severity: [critical]}
    clocks: {first_response: {target: 30m, calendar: always, owner: lead, runbook: r1}}
  - name: default
    match: {}
    clocks:
      first_response: {target: 1h, calendar: always, warn: {80: medium}, owner: lead, runbook: r1}
      resolution: {target: 4h, calendar: always, pause_on: [customer], owner: lead, runbook: r2}
"""
WEEK = ", ".join(f'{day}: ["00:00-24:00"]' for day in WEEKDAYS)
ALWAYS = f"version: 1\nzone: UTC\nhours: {{{WEEK}}}\n"


@pytest.fixture
def flow(tmp_path: Path) -> Iterator[TopologyTestDriver]:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "always.yaml").write_text(ALWAYS)
    (tmp_path / "policies.yaml").write_text(POLICIES)
    driver = TopologyTestDriver(build(Settings(config=tmp_path)))
    driver.advance()
    yield driver
    driver.stop("sla_monitor")


def of(complaint: str, event: Any) -> Any:
    """An event as one of the complaint of that name."""
    names = {"complaint_id": derived_id(complaint), "event_id": derived_id(complaint, event.event_id)}
    if hasattr(event, "cause_event_id"):
        names["cause_event_id"] = derived_id(complaint, event.cause_event_id)
    return event.model_copy(update=names)


def open_complaint(flow: TopologyTestDriver, complaint: str = "one", **fields: Any) -> None:
    """Received and routed, now."""
    received = stories.received(flow.now, **fields)
    flow.send(COMPLAINT_EVENTS, of(complaint, received))
    flow.send(COMPLAINTS_ROUTED, of(complaint, stories.routed(received)))


def alerts(flow: TopologyTestDriver) -> list[tuple[type, str, datetime]]:
    return [(type(alert), alert.clock, alert.occurred_at) for alert in flow.events(SLA_ALERTS)]


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_a_warning_and_a_breach_of_each_clock_are_published_once_as_time_passes(flow: TopologyTestDriver) -> None:
    open_complaint(flow)
    flow.advance(6 * HOUR, step=MINUTE)
    assert alerts(flow) == [
        (SlaWarning, "first_response", NOON + 48 * MINUTE),
        (SlaBreached, "first_response", NOON + HOUR),
        (SlaBreached, "resolution", NOON + 4 * HOUR),
    ]


def test_a_worker_that_was_away_fires_nothing_that_a_waiting_reply_has_answered(flow: TopologyTestDriver) -> None:
    open_complaint(flow, "answered")
    open_complaint(flow, "forgotten")
    flow.advance(MINUTE)
    flow.stop("sla_monitor")
    flow.advance(10 * MINUTE)
    flow.send(COMPLAINT_EVENTS, of("answered", stories.replied(flow.now)))
    flow.advance(2 * HOUR)
    flow.start("sla_monitor")
    flow.advance(SECOND)
    flow.advance(SECOND)
    told = flow.events(SLA_ALERTS)
    assert {alert.complaint_id for alert in told} == {derived_id("forgotten")}
    assert [(alert.threshold, alert.lag_seconds > 3600) for alert in told] == [(80, True), (100, True)]


def test_a_restart_neither_loses_nor_repeats_an_alert(flow: TopologyTestDriver) -> None:
    open_complaint(flow)
    for _ in range(12):
        flow.advance(30 * MINUTE)
        flow.restart("sla_monitor")
    assert len(alerts(flow)) == 3


def test_the_clocks_topic_holds_all_clocks_of_a_complaint_as_they_stand(flow: TopologyTestDriver) -> None:
    open_complaint(flow)
    flow.send(COMPLAINT_EVENTS, of("one", stories.replied(flow.now)))
    flow.advance(5 * HOUR)
    clocks = flow.latest(SLA_CLOCKS)[derived_id("one")].clocks
    assert {clock.clock: clock.state for clock in clocks} == {"first_response": "met", "resolution": "breached"}


def test_a_record_away_from_home_is_a_dead_letter_and_what_follows_is_processed(flow: TopologyTestDriver) -> None:
    stray = of("one", stories.received(flow.now))
    flow.send(COMPLAINT_EVENTS, stray, partition=1 - flow.home(stray.complaint_id))
    open_complaint(flow, "two")
    flow.advance()
    assert [letter.reason for letter in flow.events(COMPLAINT_EVENTS.dead_letters)] == ["wrong_partition"]
    assert set(flow.latest(SLA_CLOCKS)) == {derived_id("two")}


def decided(reason: str) -> float:
    return metric("redress_sla_monitor_decisions_total", reason=reason)


def test_what_comes_long_after_the_end_of_a_complaint_is_counted_and_is_no_dead_letter(
    flow: TopologyTestDriver,
) -> None:
    before = {reason: decided(reason) for reason in ("held", "forgotten", "expired")}
    for number in range(600):
        received = of(str(number), stories.received(flow.now - 44 * DAY))
        flow.send(COMPLAINT_EVENTS, received)
        flow.send(COMPLAINT_EVENTS, of(str(number), stories.resolved(flow.now - 44 * DAY)))
        flow.send(COMPLAINT_EVENTS, of(str(number), stories.closed(flow.now - 43 * DAY)))
        flow.send(COMPLAINT_EVENTS, of(str(number), stories.acknowledged(flow.now)))
    flow.advance()
    assert decided("forgotten") == before["forgotten"] + 600
    flow.advance(30 * DAY, step=DAY)
    assert decided("expired") == before["expired"] + 600
    for number in range(600):
        flow.send(COMPLAINT_EVENTS, of(str(number), stories.closed(flow.now)))
    flow.advance()
    assert decided("held") == before["held"] + 600
    assert flow.events(COMPLAINT_EVENTS.dead_letters) == []


def test_a_loop_between_two_systems_stops_the_clocks_of_its_complaint_and_pauses_nobody(
    flow: TopologyTestDriver,
) -> None:
    before = decided("too_many_events")
    open_complaint(flow, "loop")
    for number in range(1_050):
        flow.send(COMPLAINT_EVENTS, of("loop", stories.replied(flow.now, f"reply {number}", automatic=True)))
        flow.send(COMPLAINT_EVENTS, of("loop", stories.written_again(flow.now, str(number), automatic=True)))
    open_complaint(flow, "other")
    flow.advance(2 * HOUR, step=MINUTE)
    clocks = flow.latest(SLA_CLOCKS)
    assert {clock.reason for clock in clocks[derived_id("loop")].clocks} == {"too_many_events"}
    assert clocks[derived_id("other")].clocks[0].state == "breached"
    assert {alert.complaint_id for alert in flow.events(SLA_ALERTS)} == {derived_id("other")}
    assert flow.events(COMPLAINT_EVENTS.dead_letters) == []
    assert decided("too_many_events") > before


def test_an_extension_of_a_clock_that_there_is_not_is_counted_and_is_no_dead_letter(flow: TopologyTestDriver) -> None:
    before = decided("no_such_clock")
    open_complaint(flow)
    flow.send(COMPLAINT_EVENTS, of("one", stories.extended(flow.now, clock="Resolution", by="2h")))
    flow.advance()
    assert decided("no_such_clock") == before + 1
    assert flow.events(COMPLAINT_EVENTS.dead_letters) == []


def test_alerts_lags_and_decisions_are_counted(flow: TopologyTestDriver) -> None:
    before = metric("redress_sla_monitor_alerts_total", clock="first_response", level="critical")
    lags = metric("redress_sla_monitor_detection_lag_seconds_count")
    held = metric("redress_sla_monitor_decisions_total", reason="held")
    flow.send(COMPLAINT_EVENTS, of("unknown", stories.replied(flow.now)))
    open_complaint(flow)
    flow.advance(2 * HOUR)
    assert metric("redress_sla_monitor_alerts_total", clock="first_response", level="critical") == before + 1
    assert metric("redress_sla_monitor_detection_lag_seconds_count") == lags + 2
    assert metric("redress_sla_monitor_decisions_total", reason="held") == held + 1


def test_open_clocks_are_counted_over_the_partitions_owned_here_and_after_a_restart_too(
    flow: TopologyTestDriver,
) -> None:
    for number in range(5):
        open_complaint(flow, str(number))
    flow.send(COMPLAINT_EVENTS, of("3", stories.replied(flow.now)))
    flow.send(COMPLAINT_EVENTS, of("4", stories.withdrawn(flow.now)))
    flow.advance(SECOND)

    def open_now() -> tuple[float, float]:
        return tuple(
            metric("redress_sla_monitor_open_clocks", clock=clock) for clock in ("first_response", "resolution")
        )

    assert open_now() == (3, 4)
    flow.stop("sla_monitor")
    assert open_now() == (0, 0)
    flow.start("sla_monitor")
    flow.advance(SECOND)
    assert open_now() == (3, 4)


def test_a_partition_that_is_released_leaves_all_gauges(flow: TopologyTestDriver) -> None:
    names = ("redress_sla_monitor_open_clocks", "redress_sla_monitor_paced", "redress_sla_monitor_overdue_unfired")

    def shown() -> list[float]:
        return [metric(names[0], clock="resolution"), metric(names[1]), metric(names[2])]

    open_complaint(flow)
    flow.advance(SECOND)
    home = flow.home(derived_id("one"))
    flow.release("sla_monitor", 1 - home)
    assert shown()[0] == 1
    flow.release("sla_monitor", home)
    assert shown() == [0, 0, 0]


@pytest.mark.parametrize("released", [[0], [0, 1]])
def test_what_is_held_back_in_a_partition_that_is_released_is_counted_by_its_next_owner_alone(
    flow: TopologyTestDriver, released: list[int]
) -> None:
    after_an_outage(flow)
    flow.advance(timedelta(milliseconds=200))
    held = metric("redress_sla_monitor_paced")
    for partition in released:
        flow.release("sla_monitor", partition)
    assert metric("redress_sla_monitor_paced") < held
    assert (metric("redress_sla_monitor_paced") == 0) == (released == [0, 1])


def after_an_outage(flow: TopologyTestDriver) -> None:
    """Of 300 complaints half have breached and all have passed their warning while nobody ran."""
    for number in range(300):
        open_complaint(flow, str(number))
        flow.advance(4 * SECOND)
    flow.stop("sla_monitor")
    flow.advance(3_000 * SECOND)
    flow.start("sla_monitor")


def test_a_flood_after_an_outage_is_told_at_a_pace_breaches_first_and_each_by_its_due_instant(
    flow: TopologyTestDriver,
) -> None:
    after_an_outage(flow)
    told: list[list[Any]] = []
    while (held := metric("redress_sla_monitor_paced")) or not told:
        before = len(flow.events(SLA_ALERTS))
        flow.advance(timedelta(milliseconds=200))
        complaints = {alert.complaint_id for alert in flow.events(SLA_ALERTS)}
        told.append([held, before, len(complaints)])
    assert max(later[2] - earlier[2] for earlier, later in pairwise(told)) <= 2 * 2 * AT_ONCE
    assert metric("redress_sla_monitor_paced") == metric("redress_sla_monitor_overdue_unfired") == 0
    for partition in range(flow.partitions):
        alerts = [SLA_ALERTS.codec.decode(record.value) for record in flow.logs[SLA_ALERTS.name, partition]]
        breaches = [alert for alert in alerts if isinstance(alert, SlaBreached)]
        warned_only = [alert for alert in alerts if alert.complaint_id not in {one.complaint_id for one in breaches}]
        assert breaches == sorted(breaches, key=lambda alert: alert.occurred_at)
        assert warned_only == sorted(warned_only, key=lambda alert: alert.occurred_at)
        assert alerts.index(breaches[-1]) < alerts.index(warned_only[0])


def test_a_breach_is_told_before_a_warning_that_was_due_before_it(flow: TopologyTestDriver) -> None:
    for number in range(300):
        open_complaint(flow, f"ordinary {number}")
    flow.advance(25 * MINUTE)
    for number in range(100):
        open_complaint(flow, f"urgent {number}", severity="critical")
    flow.advance()
    flow.stop("sla_monitor")
    flow.advance(33 * MINUTE)
    flow.start("sla_monitor")
    while flow.advance(timedelta(milliseconds=200)) or metric("redress_sla_monitor_paced"):
        pass
    for partition in range(flow.partitions):
        told = [SLA_ALERTS.codec.decode(record.value) for record in flow.logs[SLA_ALERTS.name, partition]]
        kinds = [type(alert) for alert in told]
        assert kinds == sorted(kinds, key=[SlaBreached, SlaWarning].index)
        assert set(kinds) == {SlaBreached, SlaWarning}


def test_what_is_held_back_is_found_again_after_a_crash_and_told_once(flow: TopologyTestDriver) -> None:
    after_an_outage(flow)
    flow.advance(timedelta(milliseconds=200))
    assert metric("redress_sla_monitor_paced") > 0
    flow.restart("sla_monitor")
    while flow.advance(timedelta(milliseconds=200)) or metric("redress_sla_monitor_paced"):
        pass
    told = [(alert.complaint_id, alert.clock, alert.threshold) for alert in flow.events(SLA_ALERTS)]
    assert len(told) == len(set(told))
    assert {complaint for complaint, _, _ in told} == {derived_id(str(number)) for number in range(300)}


def test_an_answer_that_comes_while_a_complaint_is_held_back_is_heeded(flow: TopologyTestDriver) -> None:
    after_an_outage(flow)
    flow.advance(timedelta(milliseconds=200))
    told = {alert.complaint_id for alert in flow.events(SLA_ALERTS)}
    waiting = next(str(number) for number in range(299, -1, -1) if derived_id(str(number)) not in told)
    flow.send(COMPLAINT_EVENTS, of(waiting, stories.replied(flow.now)))
    while flow.advance(timedelta(milliseconds=200)) or metric("redress_sla_monitor_paced"):
        pass
    alerts = [alert for alert in flow.events(SLA_ALERTS) if alert.complaint_id == derived_id(waiting)]
    assert [(type(alert), alert.threshold) for alert in alerts if isinstance(alert, SlaWarning)] == [(SlaWarning, 80)]
    assert isinstance(alerts[-1], SlaClockStopped)


def test_pauses_are_counted_by_queue_and_those_that_begin_in_the_last_tenth_of_a_clock_apart(
    flow: TopologyTestDriver,
) -> None:
    def counted(late: str) -> float:
        labels = {"clock": "resolution", "queue": "general", "in_last_tenth": late}
        return metric("redress_sla_monitor_pauses_total", **labels)

    before = {late: counted(late) for late in ("true", "false")}
    open_complaint(flow)
    flow.advance(HOUR)
    flow.send(COMPLAINT_EVENTS, of("one", stories.paused(flow.now)))
    flow.send(COMPLAINT_EVENTS, of("one", stories.paused(flow.now, "for another reason", reason="other")))
    flow.send(COMPLAINT_EVENTS, of("one", stories.resumed(flow.now)))
    flow.advance(165 * MINUTE)
    flow.send(COMPLAINT_EVENTS, of("one", stories.paused(flow.now)))
    flow.advance()
    assert {late: counted(late) - before[late] for late in before} == {"true": 1, "false": 1}


def test_a_pause_that_is_read_after_its_end_is_counted(flow: TopologyTestDriver) -> None:
    labels = {"clock": "resolution", "queue": "general", "in_last_tenth": "false"}
    before = metric("redress_sla_monitor_pauses_total", **labels)
    open_complaint(flow)
    flow.advance(2 * HOUR)
    flow.send(COMPLAINT_EVENTS, of("one", stories.resumed(flow.now)))
    flow.send(COMPLAINT_EVENTS, of("one", stories.paused(flow.now - HOUR)))
    flow.advance()
    assert metric("redress_sla_monitor_pauses_total", **labels) == before + 1


@pytest.mark.parametrize(("time", "told"), [("wall", [0, 1]), ("stream", [])])
def test_a_worker_in_wall_time_says_at_its_start_which_make_up_days_are_not_known(
    flow: TopologyTestDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: str, told: list[int]
) -> None:
    monkeypatch.setattr(Calendar, "lacks_make_up_days", lambda *_: True)
    with capture_logs() as logs:
        build(Settings(config=tmp_path, time=time))
    assert [(line["calendar"], line["year"] - datetime.now(UTC).year) for line in logs] == [
        ("always", years) for years in told
    ]
