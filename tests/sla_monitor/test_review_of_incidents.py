"""``redress sla explain`` over a real log: every second of every clock, whatever the order of its events."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random

import pytest
from click.testing import CliRunner

from schemas.codec import encode
from services.config.folder import SHIPPED
from services.sla_monitor.cli import sla
from tests.incident_log import incident_history, needs_incident_log

pytestmark = needs_incident_log

ARGUMENTS = ["explain", "--policies", str(SHIPPED / "policies.yaml"), "--now", "2016-03-15T00:00:00Z"]


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return [encode(event) + b"\n" for event in incident_history().events]


def explain(lines: list[bytes]) -> str:
    done = CliRunner().invoke(sla, ARGUMENTS, input=b"".join(lines))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_shuffled_and_doubled_events_of_all_rows_get_the_same_explanation(lines: list[bytes]) -> None:
    assert explain(Random(5).sample(lines * 2, 2 * len(lines))) == explain(lines)


def test_the_intervals_of_every_clock_add_up_to_its_time(lines: list[bytes]) -> None:
    explanations = [json.loads(line) for line in explain(lines).splitlines()]
    assert len(explanations) > 1_000
    for told in explanations:
        edges = [told["started_at"], *(interval["until"] for interval in told["intervals"])]
        assert [interval["from"] for interval in told["intervals"]] == edges[:-1]
        assert edges[-1] == (told["ended_at"] or "2016-03-15T00:00:00Z")
        elapsed = datetime.fromisoformat(edges[-1]) - datetime.fromisoformat(edges[0])
        assert sum(interval["seconds"] for interval in told["intervals"]) == elapsed.total_seconds()
        assert sum(told["totals"].values()) == elapsed.total_seconds()
