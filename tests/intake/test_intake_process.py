"""Intake as a process, without a Kafka: it serves, says that it is not ready, refuses, and ends when it is told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from click.testing import CliRunner

from redress.broker import ports
from redress.cli import redress
from redress.survey_keys import ensure_survey_keys

COMMAND = [sys.executable, "-m", "services.intake"]


def make_environment(home, **settings):
    own = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return own | {"REDRESS_KAFKA": "127.0.0.1:1", "REDRESS_HOME": str(home)} | settings


@pytest.fixture
def process(tmp_path):
    http, admin = ports.choose(2)
    ensure_survey_keys(tmp_path)
    environment = make_environment(
        tmp_path, REDRESS_INTAKE_HTTP=f"127.0.0.1:{http}", REDRESS_INTAKE_ADMIN=f"127.0.0.1:{admin}"
    )
    running = subprocess.Popen(COMMAND, env=environment, stderr=subprocess.PIPE, text=True)
    yield running, httpx.HTTPTransport(retries=7), f"http://127.0.0.1:{http}", f"http://127.0.0.1:{admin}"
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


def test_keys_that_are_made_and_revoked_count_without_a_restart(process, complaint, tmp_path, monkeypatch):
    running, transport, intake, _ = process
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path))
    with httpx.Client(transport=transport, timeout=30) as client:

        def post_until(status, **headers):
            """Pytest's own limit ends it otherwise."""
            while client.post(f"{intake}/v1/complaints", json=complaint, headers=headers).status_code != status:
                time.sleep(0.05)

        post_until(503)
        made = json.loads(CliRunner().invoke(redress, ["keys", "create", "--owner", "shop"]).stdout)
        shown = {"authorization": f"Bearer {made['key']}"}
        post_until(401)
        post_until(503, **shown)
        assert CliRunner().invoke(redress, ["keys", "revoke", made["id"]]).exit_code == 0
        post_until(401, **shown)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 0
    assert made["key"] not in said


def test_a_port_that_is_taken_ends_the_process_as_a_wrong_configuration(tmp_path):
    ensure_survey_keys(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        environment = make_environment(tmp_path, REDRESS_INTAKE_HTTP=address)
        ended = subprocess.run(COMMAND, env=environment, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ended.returncode == 2
    *_, last = map(json.loads, ended.stderr.splitlines())
    assert (last["level"], last["address"]) == ("critical", address)
    assert "REDRESS_INTAKE_HTTP" in last["event"]
