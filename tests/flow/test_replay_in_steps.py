"""History replayed in memory through all services: what stands in the end does not depend on how often time is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redress.replay.stream_time import HOUR, advance_time, make_clock_advanced
from redress.simulate.contact_centre import simulate_contact_centre
from schemas.events import LifecycleEvent
from schemas.survey_token import SurveyKeys
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    SLA_ALERTS,
    SLA_CLOCKS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
)
from schemas.views.standing_alerts import StandingAlerts
from services.feedback import app as feedback
from services.feedback.settings import Settings as FeedbackSettings
from services.intake.domain.arrivals import Sender
from services.intake.domain.bulk_lines import accept_bulk_line
from services.intake.domain.request_models import BULK_LINE, parse_body
from services.router import app as router
from services.router.settings import Settings as RouterSettings
from services.sla_monitor import app as sla_monitor
from services.sla_monitor.settings import Settings as SlaSettings
from tests.flow.driver import Flow
from tests.short_config import write_config

NEW_YEAR, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
HORIZON = timedelta(days=60)
CHANNELS = frozenset({"app", "web", "chat", "phone", "email", "branch", "regulator"})


def simulated(complaints: int, days: int) -> list[LifecycleEvent]:
    """What becomes of complaints that lie days apart."""
    sender = Sender("local", CHANNELS, fresh_id=lambda: pytest.fail("a line has no identity of its own"))
    lines = simulate_contact_centre(complaints, seed=3, days=days, start=NEW_YEAR)
    return [accept_bulk_line(parse_body(BULK_LINE, json.dumps(line).encode()), sender, NOW).event for line in lines]


def every_hour(steps: Iterable[LifecycleEvent | datetime]) -> Iterator[LifecycleEvent | datetime]:
    """The steps, and each full hour between them."""
    time: datetime | None = None
    for step in steps:
        if isinstance(step, datetime):
            while time is not None and time + HOUR < step:
                time += HOUR
                yield time
            time = step
        yield step


def replayed(folder: Path, steps: Iterable[LifecycleEvent | datetime]) -> dict[str, Any]:
    """What stands when all has been read."""
    shared = {"config": folder, "home": folder, "time": "stream", "partitions": 2}
    driver = Flow(
        router.build(RouterSettings(**shared)),
        sla_monitor.build(SlaSettings(**shared)),
        feedback.build(FeedbackSettings(**shared)),
        time="stream",
        start=NOW,
    )
    for step in steps:
        if not isinstance(step, datetime):
            driver.send(COMPLAINT_EVENTS, step)
            continue
        for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES):
            for partition in range(driver.partitions):
                driver.send(topic, make_clock_advanced(topic.name, partition, step, NOW), partition=partition)
        driver.settle()
    standing = StandingAlerts()
    for event in driver.events(SLA_ALERTS):
        standing.add(event.complaint_id, event)
    decided = {event.event_id for event in driver.events(COMPLAINTS_ROUTED) if event.type == "complaint_routed"}
    clocks = {complaint: event.clocks for complaint, event in driver.latest(SLA_CLOCKS).items()}
    surveys = {event.event_id for event in driver.events(SURVEY_REQUESTS)}
    return {
        "alerts": {alert_id: (alert.type, alert.due_at) for alert_id, alert in standing.alerts.items()},
        "decisions": decided,
        "clocks": clocks,
        "surveys": surveys,
    }


def test_what_stands_after_a_replay_is_that_of_a_replay_in_which_time_is_told_every_hour(tmp_path):
    write_config(tmp_path, first_response="3h", resolution="2d")
    (tmp_path / "survey-keys.yaml").write_text(SurveyKeys.first(bytes(32)).model_dump_json())
    events = simulated(complaints=40, days=30)
    steps = list(advance_time(events, HORIZON, NOW))
    hourly = list(every_hour(steps))
    found = replayed(tmp_path, steps)
    assert len(hourly) > 2 * len(steps)
    assert len(found["alerts"]) > 10
    assert len(found["surveys"]) > 10
    assert found == replayed(tmp_path, hourly)
