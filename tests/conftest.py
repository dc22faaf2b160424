"""Fixtures: a shared Kafka, one of a test's own, or a whole deployment on it; and logging that tests may set up."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from redress import deployment as redress_deployment
from redress.broker import LocalKafka, ports
from redress.deployment import Deployment
from redress.survey_keys import ensure_survey_keys
from services.runtime.settings import RuntimeSettings


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka that all tests share: use topic and group names of your own."""
    if address := os.environ.get("REDRESS_KAFKA"):
        yield address
        return
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as local:
        yield local.bootstrap


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalKafka]:
    """A Kafka that only this test uses, empty, which it may kill and start again (in about five seconds)."""
    with LocalKafka(tmp_path) as local:
        yield local


@pytest.fixture
def deployment_settings(own_kafka: LocalKafka, tmp_path: Path) -> RuntimeSettings:
    """How ``deployment`` is set up. A module that wants it otherwise defines a fixture of this name."""
    return RuntimeSettings(kafka=own_kafka.bootstrap, home=tmp_path)


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """For tests that set logging up as a process does: what comes after them finds it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest_asyncio.fixture
async def deployment(deployment_settings: RuntimeSettings) -> AsyncIterator[Deployment]:
    """Topics made on a Kafka of the test's own, no service started yet; all that starts ends with the test.

    ``await deployment.start(ROUTER)``, ``await deployment.wait_until_ready()``; what the services print is shown
    when the test fails.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    ensure_survey_keys(deployment_settings.home)
    intake = f"127.0.0.1:{ports.choose(1)[0]}"
    async with redress_deployment.deployment(
        deployment_settings, environment=inherited, intake=intake, tell=_print
    ) as running:
        yield running


def _print(name: str, line: str) -> None:
    print(f"{name} | {line}")  # noqa: T201 - pytest shows it with a failure
