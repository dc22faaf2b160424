"""The file of the keys that sign surveys, which intake and feedback both read."""

from __future__ import annotations

from pathlib import Path

from schemas.survey_token import SurveyKeys
from services.config.yaml_files import ConfigError, load

FILE_NAME = "survey-keys.yaml"


def load_survey_keys(configured: Path | None, home: Path) -> SurveyKeys:
    """The keys in the file that REDRESS_SURVEY_KEYS names, else in the home's. Raises ConfigError."""
    path = configured or home / FILE_NAME
    if not path.exists():
        raise ConfigError(
            f"{path}:1: /: there are no survey keys here; set REDRESS_SURVEY_KEYS to the file that intake and feedback"
            " both read (`redress up` makes one for a deployment on one machine)"
        )
    return load(path, SurveyKeys)
