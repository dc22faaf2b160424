"""Router, sla_monitor and feedback together in one driver, and the time that is told to them in stream time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from redress.replay.stream_time import make_clock_advanced
from schemas.survey_token import SurveyKeys
from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES
from services.feedback import app as feedback
from services.feedback.settings import Settings as FeedbackSettings
from services.router import app as router
from services.router.settings import Settings as RouterSettings
from services.runtime.testing import NOON, TopologyTestDriver
from services.sla_monitor import app as sla_monitor
from services.sla_monitor.settings import Settings as SlaSettings


def all_services(config: Path, time: Literal["wall", "stream"] = "wall", start: datetime = NOON) -> TopologyTestDriver:
    """The three under the files in ``config``, which is their home too: survey keys are written there."""
    (config / "survey-keys.yaml").write_text(SurveyKeys.first(bytes(32)).model_dump_json())
    shared: dict[str, Any] = {"config": config, "home": config, "time": time, "partitions": 2}
    return TopologyTestDriver(
        router.build(RouterSettings(**shared)),
        sla_monitor.build(SlaSettings(**shared)),
        feedback.build(FeedbackSettings(**shared)),
        time=time,
        start=start,
    )


def tell_time(driver: TopologyTestDriver, to: datetime) -> None:
    """Let stream time come to ``to`` in every partition, as a replay does."""
    for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES):
        for partition in range(driver.partitions):
            driver.send(topic, make_clock_advanced(topic.name, partition, to, driver.now), partition=partition)
    driver.settle()
