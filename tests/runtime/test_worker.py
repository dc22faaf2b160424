from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

SERVICES = ("router", "sla_monitor", "feedback")


def start(service: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    command = [sys.executable, "-m", f"services.{service}"]
    return subprocess.run(command, env=inherited | environment, capture_output=True, text=True, timeout=60)


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
    command = [sys.executable, "-m", "services.router"]
    environment = {**os.environ, "REDRESS_KAFKA": "127.0.0.1:1", "REDRESS_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        lines = []
        while "Kafka is not reachable yet" not in (line := worker.stderr.readline()):
            lines.append(line)
        worker.send_signal(one)
        lines += worker.stderr.readlines()
        assert worker.wait() == 0, "".join(lines)
    assert not any("Traceback" in line for line in lines)


def test_a_worker_with_a_setting_that_is_none_names_it_and_exits_with_2():
    ended = start("router", REDRESS_KAFKA="127.0.0.1:1", REDRESS_TIME="lunar")
    assert ended.returncode == 2
    assert "time" in ended.stderr
    assert "Traceback" not in ended.stderr
