"""What the supervisor relies on: a service that cannot run as configured says why, and exits with 2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from redress.supervisor.supervisor import WRONG_CONFIGURATION
from redress.survey_keys import ensure_survey_keys
from services.config.folder import SHIPPED
from services.registry import SERVICES, Service

READS = {"intake": "channels.yaml", "router": "rules.yaml", "sla_monitor": "policies.yaml", "feedback": "feedback.yaml"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_faulty_file_is_named_with_its_line_before_anything_starts(service: Service, tmp_path: Path) -> None:
    ensure_survey_keys(tmp_path)
    config = tmp_path / "config"
    shutil.copytree(SHIPPED, config)
    faulty = config / READS[service.name]
    faulty.write_text(faulty.read_text() + "\nno_such_field: 1\n")
    line = faulty.read_text().count("\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")},
        "REDRESS_KAFKA": "127.0.0.1:1",
        "REDRESS_HOME": str(tmp_path),
        "REDRESS_CONFIG": str(config),
    }
    ended = subprocess.run(
        [sys.executable, "-m", service.module], env=environment, capture_output=True, text=True, timeout=60
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == WRONG_CONFIGURATION, said
    assert f"{faulty.name}:{line}: /no_such_field" in said
    assert "Traceback" not in said
