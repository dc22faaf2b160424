from __future__ import annotations

import pytest

from services.feedback.app import build as feedback
from services.feedback.settings import Settings as FeedbackSettings
from services.router.app import build as router
from services.router.settings import Settings as RouterSettings
from services.sla_monitor.app import build as sla_monitor
from services.sla_monitor.settings import Settings as SlaSettings


@pytest.mark.parametrize(
    ("build", "settings"), [(router, RouterSettings), (sla_monitor, SlaSettings), (feedback, FeedbackSettings)]
)
def test_every_stage_of_a_service_says_which_formats_of_rows_it_reads(build, settings, tmp_path):
    from redress.survey_keys import ensure_survey_keys

    ensure_survey_keys(tmp_path)
    for stage in build(settings(home=tmp_path)).stages:
        assert stage.row_formats
