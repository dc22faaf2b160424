"""The file of the keys that sign surveys, which intake and feedback both read."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.survey_token import SurveyKeys
from services.config.yaml_files import ConfigError, load

FILE_NAME = "survey-keys.yaml"


class SurveyKeysFile(SurveyKeys):
    """survey-keys.yaml as people write it: a secret under a second id would not be changed with the first."""

    @field_validator("keys")
    @classmethod
    def _each_secret_once(cls, keys: dict[str, str]) -> dict[str, str]:
        ids: dict[str, str] = {}
        for key_id, secret in keys.items():
            if secret.lower() in ids:
                fault = PydanticCustomError(
                    "twice", "this is the secret of {first} too; make another one", {"first": ids[secret.lower()]}
                )
                raise ValidationError.from_exception_data(
                    cls.__name__, [InitErrorDetails(type=fault, loc=(key_id,), input=None)], hide_input=True
                )
            ids[secret.lower()] = key_id
        return keys


def load_survey_keys(configured: Path | None, home: Path) -> SurveyKeys:
    """The keys in the file that REDRESS_SURVEY_KEYS names, else in the home's. Raises ConfigError."""
    path = configured or home / FILE_NAME
    if not os.path.lexists(path):
        raise ConfigError(
            f"{path}:1: /: there are no survey keys here; set REDRESS_SURVEY_KEYS to the file that intake and feedback"
            " both read (`redress up` makes one for a deployment on one machine)"
        )
    file = load(path, SurveyKeysFile)
    return SurveyKeys(version=file.version, current=file.current, keys=file.keys)
