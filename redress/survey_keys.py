"""The survey keys of a local deployment: a home folder in, the file that feedback and intake share out."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import yaml
from filelock import FileLock

from schemas.survey_token import SurveyKeys
from services.config.survey_keys import FILE_NAME


def ensure_survey_keys(home: Path) -> Path:
    """The home's survey-keys.yaml, made with one fresh key and mode 0600 when there is none."""
    file = home.resolve() / FILE_NAME
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        if not file.exists():
            keys = SurveyKeys.first(secrets.token_bytes(32)).model_dump()
            forming = file.with_suffix(".forming")
            forming.unlink(missing_ok=True)
            with os.fdopen(os.open(forming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
                yaml.safe_dump(keys, written, sort_keys=False)
            forming.replace(file)
    return file
