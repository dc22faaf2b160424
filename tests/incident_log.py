"""The incident log, which is not in the repository: where it lies, and the rows and events that it holds."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from redress.replay.conversion import ConvertedLog, convert_log
from redress.replay.mapping import ReplayMapping
from redress.replay.rows import FileRows, read_rows
from services.config.yaml_files import load

REPOSITORY = Path(__file__).parents[1]
INCIDENT_LOG = Path(
    os.environ.get("REDRESS_INCIDENT_LOG", REPOSITORY.parent / "shared" / "data" / "incident_event_log.csv")
)
MAPPING = REPOSITORY / "redress" / "mappings" / "servicenow.yaml"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

needs_incident_log = pytest.mark.skipif(
    not INCIDENT_LOG.is_file() and "CI" not in os.environ,
    reason="the incident log is not here; name it with REDRESS_INCIDENT_LOG",
)


def incident_rows() -> FileRows:
    """All rows, in the order in which they happened; none is rejected."""
    read = read_rows(INCIDENT_LOG, load(MAPPING, ReplayMapping), until=NOW)
    assert read.rejected == []
    return read


def incident_history() -> ConvertedLog:
    """What `redress replay` makes of them."""
    return convert_log(incident_rows(), load(MAPPING, ReplayMapping), "servicenow", recorded_at=NOW)
