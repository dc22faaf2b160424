"""`redress up` as a person runs it: everything starts, serves, recovers and ends, and nothing stays behind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from redress.survey_keys import ensure_survey_keys
from schemas.survey_token import SurveyKeys
from services.config.folder import SHIPPED
from services.config.yaml_files import load
from tests.redress.running_up import Up

pytestmark = pytest.mark.broker

COMPLAINT = {"channel": "web", "customer": {"id": "c-1"}, "subject": "Charged twice", "body": "Twice in May."}


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with Up(tmp_path) as running:
        yield running


def eventually(holds: Callable[[], bool]) -> None:
    """Ask again until it holds; pytest's own limit ends it otherwise."""
    while True:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass  # it is being started again
        time.sleep(0.1)


RUNNING = {"kafka.Kafka", "services.intake", "services.router", "services.sla_monitor", "services.feedback"}


def test_it_takes_complaints_recovers_from_a_crash_and_ends_on_ctrl_c(up: Up) -> None:
    assert up.until(r"Apache Kafka (\S+)")[1] == "4.1.1"
    admin = up.until(r"router: health and metrics at (http://\S+)")[1]
    assert up.until(r"POST complaints to (http://\S+)")[1] == f"http://{up.intake}/v1/complaints"
    up.until("all services are ready")
    children = up.children()
    assert children.keys() >= RUNNING

    accepted = httpx.post(f"http://{up.intake}/v1/complaints", json=COMPLAINT)
    assert accepted.status_code == 202, accepted.text
    assert httpx.get(f"{admin}/readyz").status_code == 200

    children["services.router"].kill()
    up.until("router .* was ended by SIGKILL; starting it again in")
    up.until("router .*partition ready")

    children["services.intake"].terminate()
    up.until("intake .* has ended; starting it again in")
    eventually(lambda: httpx.post(f"http://{up.intake}/v1/complaints", json=COMPLAINT).status_code == 202)

    everything = [*psutil.Process(up.process.pid).children()]
    assert up.end(signal.SIGINT) == 0, "".join(up.seen)
    assert "ending Kafka" in up.seen[-1]
    assert psutil.wait_procs(everything, timeout=0)[1] == []
    assert not any("is killed" in line for line in up.seen)


@pytest.mark.prove
def test_it_brings_kafka_back_and_the_services_go_on(up: Up) -> None:
    admin = up.until(r"router: health and metrics at (http://\S+)")[1]
    up.until("all services are ready")
    up.children()["kafka.Kafka"].kill()
    up.until("Kafka has died; starting it again")
    up.until("Kafka serves .* again")
    eventually(lambda: httpx.post(f"http://{up.intake}/v1/complaints", json=COMPLAINT).status_code == 202)
    eventually(lambda: httpx.get(f"{admin}/readyz").status_code == 200)
    assert up.end(signal.SIGINT) == 0, "".join(up.seen)


def test_nothing_outlives_it_when_it_is_killed(up: Up) -> None:
    up.until("intake: POST complaints")
    everything = psutil.Process(up.process.pid).children()
    assert len(everything) >= len(RUNNING)
    up.process.kill()
    up.process.wait()
    assert psutil.wait_procs(everything, timeout=60)[1] == []


def test_a_wrong_configuration_ends_everything_and_names_file_and_line(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(SHIPPED, config)
    (config / "channels.yaml").write_text("version: 1\nchannels:\n  - {nam: web}\n")
    up = Up(tmp_path, REDRESS_CONFIG=str(config))
    _, errors = up.process.communicate(timeout=120)
    assert up.process.returncode == 2, errors
    assert "channels.yaml:3: /channels/0" in errors
    assert "Traceback" not in errors


def test_a_wrong_setting_of_one_service_is_told_before_kafka_starts(tmp_path: Path) -> None:
    up = Up(tmp_path, REDRESS_FEEDBACK_ADMIN="nowhere")
    _, errors = up.process.communicate(timeout=120)
    assert up.process.returncode == 2, errors
    assert "REDRESS_FEEDBACK_ADMIN" in errors
    assert "Kafka" not in errors
    assert "Traceback" not in errors


def test_survey_keys_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    file = ensure_survey_keys(tmp_path / "home")
    assert file.stat().st_mode & 0o777 == 0o600
    first = load(file, SurveyKeys)
    assert load(ensure_survey_keys(tmp_path / "home"), SurveyKeys) == first
    assert load(ensure_survey_keys(tmp_path / "another"), SurveyKeys) != first


def test_with_a_kafka_named_it_starts_none_and_makes_no_keys(kafka: str, tmp_path: Path) -> None:
    up = Up(tmp_path, REDRESS_KAFKA=kafka)
    _, errors = up.process.communicate(timeout=120)
    assert up.process.returncode == 2, errors
    assert f"using Kafka at {kafka}" in errors
    assert "survey keys" in errors
    assert not (tmp_path / "kafka").exists()


def test_help_does_not_import_the_commands() -> None:
    code = "import json, sys; from redress.cli import redress; redress(['--help'], standalone_mode=False); "
    code += "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Broker and all services in the foreground." in result.stdout
    assert not {"aiokafka", "pydantic", "rich", "services.runtime"} & set(json.loads(result.stderr))
