"""Topics are made, compared and set right on a real Kafka, as `redress topics` does it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from redress.broker import LocalKafka
from redress.survey_keys import ensure_survey_keys
from redress.topics import Difference, apply_topics
from redress.topics.cluster import existing_topics
from redress.topics.declared import CHANGELOG_CONFIG, Declared, Existing, changelogs, declared_topics, differences
from schemas import topics
from services.config.folder import SHIPPED
from services.feedback.app import build as build_feedback
from services.feedback.settings import Settings as FeedbackSettings
from services.router.app import build as build_router
from services.router.settings import Settings as RouterSettings
from services.runtime.kafka import Kafka
from services.runtime.names import changelog_name
from services.runtime.settings import RuntimeSettings
from services.sla_monitor.app import build as build_sla_monitor
from services.sla_monitor.settings import Settings as SlaSettings

QUEUES = "version: 1\nqueues: [{name: general}, {name: fraud}]\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path_factory.mktemp("home")) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def settings(broker: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> RuntimeSettings:
    """A cluster that has every topic already."""
    config = tmp_path_factory.mktemp("config")
    (config / "queues.yaml").write_text(QUEUES)
    settings = RuntimeSettings(kafka=broker.bootstrap, config=config)
    assert asyncio.run(apply_topics(settings)).created
    return settings


async def _existing(settings: RuntimeSettings, name: str) -> Existing:
    async with Kafka(settings).admin() as admin:
        return (await existing_topics(admin, [name]))[name]


async def _alter(settings: RuntimeSettings, name: str, config: dict[str, str]) -> None:
    async with Kafka(settings).admin() as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, config)])
        async with asyncio.timeout(30):
            while (await existing_topics(admin, [name]))[name].overrides != config:
                await asyncio.sleep(0.05)


def _names(config: Path) -> set[str]:
    return {topic.name for topic in declared_topics(RuntimeSettings(config=config))}


def test_every_shared_topic_is_declared_with_queues_dead_letters_and_changelogs(tmp_path: Path) -> None:
    (tmp_path / "queues.yaml").write_text(QUEUES)
    names = _names(tmp_path)
    assert names >= {topic.name for topic in topics.ALL}
    assert names >= {"queue-general", "queue-fraud"}
    assert names >= {"complaint-events-dlq", "survey-responses-dlq", "redress-feedback-by-dimension-dlq"}
    assert "feedback-summaries-dlq" not in names, "no service reads it, so nothing of it can be unreadable"
    assert "redress-sla_monitor-complaints-changelog" in names


def test_every_topic_that_a_worker_checks_at_its_start_is_declared(tmp_path: Path) -> None:
    ensure_survey_keys(tmp_path)
    applications = [
        build_router(RouterSettings(home=tmp_path)),
        build_sla_monitor(SlaSettings(home=tmp_path)),
        build_feedback(FeedbackSettings(home=tmp_path)),
    ]
    names = _names(SHIPPED)
    found = set()
    for application in applications:
        assert names >= {topic.name for topic in application.publishes}
        for stage in application.stages:
            assert names >= {topic.name for topic in stage.sources}
            assert names >= {topic.dead_letters.name for topic in stage.sources}
            found.add(changelog_name(application.name, stage.name))
    assert found == set(changelogs())


def test_one_partition_count_holds_for_all(tmp_path: Path) -> None:
    (tmp_path / "queues.yaml").write_text(QUEUES)
    assert {topic.partitions for topic in declared_topics(RuntimeSettings(config=tmp_path, partitions=7))} == {7}


def test_only_what_is_declared_is_compared() -> None:
    wanted = Declared("one", 4, {"cleanup.policy": "compact", "segment.ms": "1"})
    found = Existing(3, True, {"cleanup.policy": "delete", "segment.ms": "1", "max.message.bytes": "9"}, {})
    assert differences([wanted, Declared("missing", 4, {})], {"one": found}) == (
        Difference("one", "partitions", "3", "4"),
        Difference("one", "cleanup.policy", "delete", "compact"),
    )


@pytest.mark.broker
def test_topics_are_as_declared_and_stay_so(settings: RuntimeSettings) -> None:
    again = asyncio.run(apply_topics(settings))
    assert again.agrees
    assert not again.created
    changelog = asyncio.run(_existing(settings, "redress-router-complaints-changelog"))
    assert changelog.partitions == 4
    assert changelog.overrides == CHANGELOG_CONFIG


@pytest.mark.broker
def test_drift_is_reported_first_and_set_right_on_demand_without_touching_the_operators_settings(
    settings: RuntimeSettings,
) -> None:
    name = topics.FEEDBACK_BY_DIMENSION.name
    asyncio.run(_alter(settings, name, {"retention.ms": "1000", "max.message.bytes": "2000000"}))
    drift = Difference(name, "retention.ms", "1000", str(7 * topics.DAY_MS))

    reported = asyncio.run(apply_topics(settings))
    assert reported.differences == (drift,)
    assert not reported.fixed
    assert asyncio.run(_existing(settings, name)).config["retention.ms"] == "1000"

    fixed = asyncio.run(apply_topics(settings, fix=True))
    assert fixed.agrees
    assert fixed.fixed == (name,)
    assert asyncio.run(_existing(settings, name)).overrides == {
        **topics.FEEDBACK_BY_DIMENSION.config,
        "max.message.bytes": "2000000",
    }


@pytest.mark.broker
def test_a_partition_count_is_never_changed(settings: RuntimeSettings) -> None:
    report = asyncio.run(apply_topics(settings.model_copy(update={"partitions": 5}), fix=True))
    assert {difference.setting for difference in report.differences} == {"partitions"}
    assert not report.fixed
    assert asyncio.run(_existing(settings, "complaint-events")).partitions == 4


@pytest.mark.broker
def test_a_queue_that_is_added_later_gets_its_topic(settings: RuntimeSettings, tmp_path: Path) -> None:
    (tmp_path / "queues.yaml").write_text(QUEUES.replace("fraud", "privacy"))
    report = asyncio.run(apply_topics(settings.model_copy(update={"config": tmp_path})))
    assert report.created == ("queue-privacy",)
    assert report.agrees


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    return subprocess.run(
        [sys.executable, "-c", "from redress.cli import main; main()", *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.broker
def test_the_command_prints_ndjson_and_exits_1_while_anything_differs(settings: RuntimeSettings) -> None:
    here = {"REDRESS_KAFKA": settings.kafka, "REDRESS_CONFIG": str(settings.config)}
    agreed = _run("topics", "apply", **here)
    assert agreed.returncode == 0, agreed.stderr
    assert {json.loads(line)["outcome"] for line in agreed.stdout.splitlines()} == {"unchanged"}

    differs = _run("topics", "apply", "--fix", **here, REDRESS_PARTITIONS="5")
    assert differs.returncode == 1
    row = {"topic": "complaint-events", "setting": "partitions", "found": "4", "wanted": "5", "outcome": "differs"}
    assert row in map(json.loads, differs.stdout.splitlines())
    assert "REDRESS_PARTITIONS" in differs.stderr


@pytest.mark.broker
def test_list_says_what_exists(settings: RuntimeSettings, tmp_path: Path) -> None:
    (tmp_path / "queues.yaml").write_text(QUEUES.replace("fraud", "undeclared-yet"))
    listed = _run("topics", "list", REDRESS_KAFKA=settings.kafka, REDRESS_CONFIG=str(tmp_path))
    exists = {row["name"]: row["exists"] for row in map(json.loads, listed.stdout.splitlines())}
    assert exists["complaint-events"]
    assert not exists["queue-undeclared-yet"]


def test_without_a_broker_the_command_says_how_to_get_one(tmp_path: Path) -> None:
    refused = _run("topics", "list", REDRESS_HOME=str(tmp_path))
    assert refused.returncode == 1
    assert "redress up" in refused.stderr
    assert "REDRESS_KAFKA" in refused.stderr


def test_a_faulty_queues_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "queues.yaml").write_text("version: 1\nqueues:\n  - nam: general\n")
    refused = _run("topics", "list", REDRESS_KAFKA="127.0.0.1:1", REDRESS_CONFIG=str(tmp_path))
    assert refused.returncode == 2
    assert "queues.yaml:3: /queues/0/name" in refused.stderr


def test_a_faulty_setting_is_named_as_its_variable() -> None:
    refused = _run("topics", "list", REDRESS_PARTITIONS="many")
    assert refused.returncode == 2
    assert "REDRESS_PARTITIONS" in refused.stderr
    assert "Traceback" not in refused.stderr
