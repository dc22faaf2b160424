"""Every call of /openapi.json, as described and not as described, on the real server: schemathesis with all its checks.

It fails where an answer is a 5xx, undocumented or late, where a request that is as described is refused, and where one
that is not is taken. schemathesis_hooks.py says what no schema can.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.survey_token import EPOCH, SurveyClaims, sign
from tests.intake.conftest import COMPLAINT_ID, KEYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOOKS = "tests.intake.schemathesis_hooks"
SEED = 17
SLOWEST_ANSWER = 5.0
"""Seconds: the machine may have other things to do, and what hangs takes longer."""


async def schemathesis(address: tuple[str, int], folder: Path, *options: str) -> dict:
    """Its report; what it keeps for its next run is in ``folder``, and lost."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    claims = SurveyClaims(
        complaint_id=COMPLAINT_ID, cycle=COMPLAINT_ID, metric="nps", issued_at=EPOCH, expires_at=tomorrow
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"http://{address[0]}:{address[1]}/openapi.json"),
        *("--checks", "all", "--seed", str(SEED), "--no-shrink", "--generation-database", "none", "--no-color"),
        *("--request-timeout", str(SLOWEST_ANSWER), "--warnings", "off"),
        *("--report", "json", "--report-json-path", "report.json", *options),
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SCHEMATHESIS_HOOKS": HOOKS,
            "SURVEY_TOKEN": sign(claims, KEYS),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, printed.decode()
    return json.loads((folder / "report.json").read_bytes())


def assert_seen(told: dict, cases: int) -> None:
    assert told["failures"] == told["errors"] == []
    assert told["test_cases"]["generated"] >= cases
    assert told["operations"]["tested"] == told["operations"]["total"] >= 5


async def test_the_door_is_as_described(address, kafka, tmp_path):
    told = await schemathesis(address, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "20")
    assert_seen(told, cases=100)
    assert kafka.records


@pytest.mark.prove_long
@pytest.mark.timeout(1_800)  # It takes two and a half minutes.
async def test_the_door_is_as_described_in_ten_thousand_cases(address, kafka, tmp_path):
    told = await schemathesis(address, tmp_path, "--max-examples", "1000")
    assert_seen(told, cases=10_000)
    assert kafka.records
