"""docs/deadlines.md says what is true: its files are read, and its names are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from services.config.folder import SHIPPED
from services.config.yaml_files import load
from services.sla_monitor import metrics
from services.sla_monitor.domain.alerts.revisions import DUE_LATER, ENDED_IN_TIME, SUPERSEDED
from services.sla_monitor.domain.decision import Reason
from services.sla_monitor.domain.policy.built_in_clocks import DEFINITIONS
from services.sla_monitor.policies_file.models import ClockPolicy, Match
from services.sla_monitor.settings import Settings
from services.worktime.calendar import Calendar
from services.worktime.calendar_file import CalendarFile
from services.worktime.questions import answered

PAGE = (Path(__file__).parents[2] / "docs" / "deadlines.md").read_text()
METRICS = (
    metrics.ALERTS,
    metrics.DECISIONS,
    metrics.DETECTION_LAG,
    metrics.OPEN_CLOCKS,
    metrics.OVERDUE_UNFIRED,
    metrics.PACED,
    metrics.PAUSES,
)
POLICIES, OWN_CLOCKS, CALENDAR = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_files_on_the_page_are_read(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "shanghai.yaml").write_text(CALENDAR)
    assert load(tmp_path / "calendars" / "shanghai.yaml", CalendarFile).zone == "Asia/Shanghai"
    for policies in (POLICIES, OWN_CLOCKS):
        (tmp_path / "policies.yaml").write_text(policies)
        assert Settings(config=tmp_path).policy_book


@pytest.mark.parametrize(
    "name",
    [
        *DEFINITIONS,
        *Match.model_fields,
        *ClockPolicy.model_fields,
        *get_args(Reason),
        SUPERSEDED,
        ENDED_IN_TIME,
        DUE_LATER,
        *(metric.describe()[0].name for metric in METRICS),
    ],
)
def test_the_page_names_what_there_is(name: str) -> None:
    assert re.search(rf"\b{name}", PAGE)


def test_questions_on_the_page_have_the_answers_they_get() -> None:
    shanghai = Calendar("shanghai", load(SHIPPED / "calendars" / "shanghai.yaml", CalendarFile))
    shown = re.findall(r'^(\{"start.*?\}) +(\{.*\})$', PAGE, re.MULTILINE)
    assert len(shown) == 3
    for question, answer in shown:
        assert answered(question.encode(), shanghai).decode() == answer
