from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

SERVICES = ("router", "sla_monitor", "feedback")


def worker(service: str, **environment: str) -> dict[str, Any]:
    """How to run it, with these settings alone."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return {"args": [sys.executable, "-m", f"services.{service}"], "env": inherited | environment, "text": True}


def start(service: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(**worker(service, **environment), capture_output=True, timeout=60)


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_with_a_broken_file_names_it_with_its_line_and_exits_with_2(service, tmp_path):
    for name in ("rules", "queues", "policies", "feedback", "channels"):
        (tmp_path / f"{name}.yaml").write_text("version: 1\nsurprise: here\n")
    ended = start(service, REDRESS_CONFIG=str(tmp_path), REDRESS_KAFKA="127.0.0.1:1", REDRESS_HOME=str(tmp_path))
    assert ended.returncode == 2
    assert ".yaml:2:" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_without_brokers_says_what_to_set_and_exits_with_2():
    ended = start("router")
    assert ended.returncode == 2
    assert "REDRESS_KAFKA is not set" in ended.stderr


@pytest.mark.parametrize("one", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_end_while_no_broker_answers_ends_with_0(one, tmp_path):
    router = worker("router", REDRESS_KAFKA="127.0.0.1:1", REDRESS_HOME=str(tmp_path))
    with subprocess.Popen(**router, stderr=subprocess.PIPE) as running:
        lines = []
        while "Kafka is not reachable yet" not in (line := running.stderr.readline()):
            lines.append(line)
        running.send_signal(one)
        lines += running.stderr.readlines()
        assert running.wait() == 0, "".join(lines)
    assert not any("Traceback" in line for line in lines)


def test_a_worker_with_a_setting_that_is_none_names_it_and_exits_with_2():
    ended = start("router", REDRESS_KAFKA="127.0.0.1:1", REDRESS_TIME="lunar")
    assert ended.returncode == 2
    assert "REDRESS_TIME: " in ended.stderr
    assert "Traceback" not in ended.stderr
