"""A complaint of a test key runs through every service like any other, and changes nothing that is counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from schemas.complaint import Customer
from schemas.derived import SurveyAnswered
from schemas.events import ComplaintPaused, ComplaintReceived, ComplaintResolved, ComplaintResumed
from schemas.ids import derived_id, mark_test_id
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
from services.runtime.testing import TopologyTestDriver
from tests.flow.all_services import all_services
from tests.short_config import write_config

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REAL = derived_id("a complaint")
COUNTED = ("redress_router_", "redress_sla_monitor_", "redress_feedback_")
WHEN = ("_created",)
"""Of each counter the instant at which it was made."""


def counted() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of the services' own metrics that is not zero."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name.startswith(COUNTED) and not sample.name.endswith(WHEN) and sample.value
    }


def run_through(folder: Path, complaint_id: str) -> TopologyTestDriver:
    """Received, paused, late, resolved and judged, with one event too many."""
    policies = write_config(folder, first_response="1h", resolution="8h") / "policies.yaml"
    policies.write_text(policies.read_text().replace("owner: lead,", "owner: lead, pause_on: [customer],"))
    driver = all_services(folder)

    def common(what: str) -> dict:
        return {
            "event_id": derived_id(complaint_id, what),
            "complaint_id": complaint_id,
            "occurred_at": driver.now,
            "recorded_at": driver.now,
        }

    received = ComplaintReceived(**common("received"), channel="web", customer=Customer(id="c"))
    driver.send(COMPLAINT_EVENTS, received)
    driver.send(COMPLAINT_EVENTS, received)
    driver.advance(MINUTE)
    driver.send(COMPLAINT_EVENTS, ComplaintPaused(**common("paused"), reason="customer"))
    driver.advance(MINUTE)
    driver.send(COMPLAINT_EVENTS, ComplaintResumed(**common("resumed")))
    driver.advance(9 * HOUR, step=10 * MINUTE)
    driver.send(COMPLAINT_EVENTS, ComplaintResolved(**common("resolved"), outcome="upheld", agent_id="ann"))
    driver.advance(2 * HOUR, step=10 * MINUTE)
    for request in driver.events(SURVEY_REQUESTS):
        answer = SurveyAnswered(
            **common("answered"), survey_id=request.survey_id, cycle=request.cycle, metric=request.metric, score=5
        )
        driver.send(SURVEY_RESPONSES, answer)
    driver.advance(2 * HOUR, step=10 * MINUTE)
    return driver


def test_it_is_routed_warned_of_and_its_customer_is_asked(tmp_path: Path) -> None:
    driver = run_through(tmp_path, mark_test_id(REAL))
    for topic in (COMPLAINTS_ROUTED, SLA_ALERTS, SLA_CLOCKS, SURVEY_REQUESTS, queue_topic("general")):
        assert {record.key for record in driver.records(topic)} == {mark_test_id(REAL).encode()}, topic.name


def test_it_changes_no_metric_and_no_summary_where_a_real_one_does(tmp_path: Path) -> None:
    before = counted()
    driver = run_through(tmp_path / "test", mark_test_id(REAL))
    assert counted() == before
    assert driver.records(FEEDBACK_SUMMARIES) == []
    real = run_through(tmp_path / "real", REAL)
    changed = {name for (name, _), value in counted().items() - before.items() if value}
    assert {name.removesuffix("_total") for name in changed} >= {
        "redress_router_decisions",
        "redress_router_unrouted_events",
        "redress_sla_monitor_decisions",
        "redress_sla_monitor_alerts",
        "redress_sla_monitor_detection_lag_seconds_count",
        "redress_sla_monitor_pauses",
        "redress_feedback_surveys",
        "redress_feedback_answers",
        "redress_feedback_remarks",
    }
    assert real.records(FEEDBACK_SUMMARIES)


@pytest.mark.parametrize("complaint_id", [REAL, mark_test_id(REAL)])
def test_what_is_decided_of_it_is_the_same(tmp_path: Path, complaint_id: str) -> None:
    driver = run_through(tmp_path, complaint_id)
    queues = [event.queue for event in driver.events(COMPLAINTS_ROUTED)]
    alerts = [(event.type, event.clock) for event in driver.events(SLA_ALERTS)]
    assert queues == ["general"]
    assert ("sla_breached", "resolution") in alerts
