"""The short form of `make chaos`: one seed, a minute of faults, on three real brokers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chaos.run import run
from chaos.schedule import schedule
from chaos.system_under_test import PROCESSES

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio, pytest.mark.timeout(600)]

SEED = 5
SECONDS = 60
LAST_LINES = 40


async def test_a_deployment_that_is_broken_for_a_minute_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    faults = schedule(SEED, SECONDS, list(PROCESSES))
    try:
        result = await run(SEED, SECONDS, faults, tmp_path, print)
    finally:  # pytest shows it of a run that failed, whose folder may be gone
        lines = (tmp_path / "processes.log").read_text(encoding="utf-8").splitlines()
        sys.stdout.write("\n".join(lines[-LAST_LINES:]))
    assert [str(violation) for violation in result.verdict.violations] == [], f"seed {SEED}"
    assert result.faults.total() == len(faults)
    assert result.verdict.counts["effects in complaints-routed"] > 1_000
