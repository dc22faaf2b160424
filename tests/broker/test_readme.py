"""What the README shows, run as it stands there."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from services.registry import INTAKE

pytestmark = [pytest.mark.broker, pytest.mark.asyncio]

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


async def run(command: str) -> str:
    process = await asyncio.create_subprocess_shell(
        f"set -o pipefail\n{command}", cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, executable="/bin/bash"
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_every_command_of_the_readme_is_accepted_by_intake(deployment):
    await deployment.start(INTAKE)
    await deployment.wait_until_ready()
    received, replied, bulk = [
        await run(shown.replace("http://127.0.0.1:8080", deployment.intake_url)) for shown in SHOWN
    ]
    assert json.loads(replied)["complaint_id"] == json.loads(received)["complaint_id"]
    assert json.loads(received)["duplicate_safe"] is True
    results = [json.loads(line) for line in bulk.splitlines()]
    assert len(results) > 50
    assert {result["status"] for result in results} == {202}
