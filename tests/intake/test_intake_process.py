"""Intake as a process, without a Kafka: it serves, says that it is not ready, refuses, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import httpx
import pytest

from redress.broker import ports
from redress.survey_keys import ensure_survey_keys


@pytest.fixture
def process(tmp_path):
    http, admin = ports.choose(2)
    ensure_survey_keys(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")} | {
        "REDRESS_KAFKA": "127.0.0.1:1",
        "REDRESS_HOME": str(tmp_path),
        "REDRESS_INTAKE_HTTP": f"127.0.0.1:{http}",
        "REDRESS_INTAKE_ADMIN": f"127.0.0.1:{admin}",
    }
    command = [sys.executable, "-m", "services.intake"]
    running = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    yield running, httpx.HTTPTransport(retries=20), f"http://127.0.0.1:{http}", f"http://127.0.0.1:{admin}"
    running.kill()
    running.wait()


def test_a_process_without_kafka_lives_is_not_ready_and_ends_cleanly(process, complaint):
    running, transport, intake, admin = process
    with httpx.Client(transport=transport, timeout=30) as client:
        assert client.get(f"{intake}/openapi.json").status_code == 200
        assert client.get(f"{admin}/livez").status_code == 200
        ready = client.get(f"{admin}/readyz")
        assert (ready.status_code, ready.json()["kafka"]) == (503, False)
        refused = client.post(f"{intake}/v1/complaints", json=complaint)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert 'redress_intake_refused_total{reason="kafka_away"} 1.0' in client.get(f"{admin}/metrics").text
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "there are no API keys" in said
    assert "nothing can be kept until Kafka is ready" in said
    assert complaint["body"] not in said
